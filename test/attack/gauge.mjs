// What a process takes, as Linux counts it (proc(5)).

import { readdirSync, readFileSync } from 'node:fs';

const ticks_per_second = 100; // USER_HZ, the same on every Linux that Node runs on

function kib(file, name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(file, 'latin1'))[1]);
}

export class Gauge {
  constructor(pid) {
    this.folder_ = `/proc/${pid}`;
  }

  rss_bytes() {
    return 1024 * kib(`${this.folder_}/status`, 'VmRSS');
  }

  /** The most that rss_bytes() has ever been. */
  peak_rss_bytes() {
    return 1024 * kib(`${this.folder_}/status`, 'VmHWM');
  }

  /** Without the part of what others share. */
  pss_bytes() {
    return 1024 * kib(`${this.folder_}/smaps_rollup`, 'Pss');
  }

  descriptors() {
    return readdirSync(`${this.folder_}/fd`).length;
  }

  cpu_seconds() {
    const stat = readFileSync(`${this.folder_}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticks_per_second;
  }
}
