// XMLHttpRequest as far as phoenix.js asks for it, over Node's fetch: up to 1.7
// it knows nothing else.

const complete = 4;
const open = new Set();

export class XMLHttpRequest {
  timeout = 0;
  readyState = 0;
  responseText = '';
  headers_ = {};
  abort_ = new AbortController();

  open(method, url) {
    this.request_ = { method, url };
  }

  setRequestHeader(name, value) {
    this.headers_[name] = value;
  }

  abort() {
    this.abort_.abort();
  }

  /** Up to 1.6 phoenix.js leaves its poll hanging when it is told to disconnect. */
  static abort_all() {
    for (const request of open) request.abort();
  }

  async send(body) {
    const { method, url } = this.request_;
    open.add(this);
    const timer = this.timeout && setTimeout(() => this.abort_.abort('timeout'), this.timeout);
    try {
      const answer = await fetch(url, {
        method,
        headers: this.headers_,
        body,
        signal: this.abort_.signal,
      });
      this.responseText = await answer.text();
    } catch {
      const { reason, aborted } = this.abort_.signal;
      if (reason === 'timeout') this.ontimeout?.();
      else if (!aborted) this.onerror?.();
      return;
    } finally {
      clearTimeout(timer);
      open.delete(this);
    }
    this.readyState = complete;
    this.onreadystatechange?.();
  }
}
