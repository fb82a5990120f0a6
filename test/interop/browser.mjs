// Headless Chromium, and the pages that it opens: phoenix.js as npm has it, from
// a web server on another port than the server under test.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const start_ms_max = 60_000;

const files = /^\/(phoenix-1-\d\/phoenix\.js|arrivals\.mjs|page\.mjs|roll\.mjs|room\.mjs)$/;

function path_of(file) {
  const inside = file.replace(/^(phoenix-1-\d)\//, 'node_modules/$1/priv/static/');
  return fileURLToPath(new URL(inside, import.meta.url));
}

const page_of = (version) => `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script src="/phoenix-${version.replace('.', '-')}/phoenix.js"></script>
<script type="module" src="/page.mjs"></script>
`;

/** GET /?phoenix=1.8 is a page with that phoenix.js in it. */
async function answer(request, response) {
  const url = new URL(request.url, 'http://here');
  const file = files.exec(url.pathname)?.[1];
  if (file) {
    response.setHeader('content-type', 'text/javascript; charset=utf-8');
    response.end(await readFile(path_of(file)));
  } else if (url.pathname === '/') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(page_of(url.searchParams.get('phoenix')));
  } else {
    response.writeHead(404).end();
  }
}

export class Browser {
  static async start() {
    const web_server = createServer((request, response) => {
      answer(request, response).catch((error) => response.destroy(error));
    });
    web_server.listen(0, '127.0.0.1');
    await once(web_server, 'listening');
    // Without a sandbox, since CI runs as root, in containers that cannot nest.
    // Each start has a profile of its own in a temporary folder.
    const options = { executablePath, args: ['--no-sandbox'], timeout: start_ms_max };
    const chrome = await chromium.launch(options);
    return new Browser(web_server, chrome, await chrome.newContext());
  }

  constructor(web_server, chrome, context) {
    this.web_server_ = web_server;
    this.chrome_ = chrome;
    this.context_ = context;
  }

  /** Where pages come from, as the server under test sees it. */
  origin(host = '127.0.0.1') {
    return `http://${host}:${this.web_server_.address().port}`;
  }

  /** A tab of its own, closed with the test `t`. */
  async visitor(t, { version = '1.8', host } = {}) {
    const page = await this.context_.newPage();
    t.after(() => page.close());
    page.on('pageerror', (error) => console.error('in the page:', error));
    await page.goto(`${this.origin(host)}/?phoenix=${version}`);
    return new Visitor(page);
  }

  async stop() {
    await this.chrome_.close();
    this.web_server_.close();
    this.web_server_.closeAllConnections();
  }
}

/** A page with one phoenix.js Socket in it. The functions it calls are in page.mjs. */
class Visitor {
  constructor(page) {
    this.page_ = page;
  }

  do_(name, ...args) {
    return this.page_.evaluate(([what, given]) => window.page[what](...given), [name, args]);
  }

  /** `options` of phoenix.js's Socket, where `transport` is WebSocket or LongPoll by name. */
  connect(endpoint, options = {}) {
    return this.do_('connect', endpoint, options);
  }

  /** Rejects where the join is refused. `events` are those to listen for from the start. */
  join(topic, payload = {}, events = []) {
    return this.do_('join', topic, payload, events);
  }

  /** Resolves with the reply. A binary payload is {binary: [byte...]}, here and in what is heard. */
  push(topic, event, payload) {
    return this.do_('push', topic, event, payload);
  }

  /** Pushes what is not answered. */
  say(topic, event, payload) {
    return this.do_('say', topic, event, payload);
  }

  publish(topic, event) {
    return this.push(topic, 'cloudevent', event);
  }

  leave(topic) {
    return this.do_('leave', topic);
  }

  /** Resolves with what came of the event, once there are `number` or more. */
  heard(topic, event, number = 0) {
    return this.do_('heard', topic, event, number);
  }

  /** Resolves once the channel has been joined `number` times. */
  joined(topic, number) {
    return this.do_('joined', topic, number);
  }

  /** Resolves with the transport in use, once it is open: its name. */
  transport() {
    return this.do_('transport');
  }

  /** Resolves once a connection has failed. */
  failed() {
    return this.do_('failed');
  }

  /** Resolves once the members of the topic are these: {ann: 1, ben: 2} as Roll has it. */
  present(topic, expected) {
    return this.do_('present', topic, expected);
  }

  /** What Roll.accounts() has. */
  accounts(topic) {
    return this.do_('accounts', topic);
  }

  disconnect() {
    return this.do_('disconnect');
  }

  /** As when the user presses F5: phoenix.js is gone, the tab's sessionStorage is not. */
  reload() {
    return this.page_.reload();
  }

  /** As when the user closes the tab. */
  close() {
    return this.page_.close();
  }
}
