// Compares what a server answered with what a scenario expects, entry by entry.
// Pure. `differences` is empty where they agree; else each line names a place
// in the answer and what stood there.

const placeholders = {
  '<timestamp>': (v) => typeof v === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(v),
  '<ms>': (v) => Number.isSafeInteger(v) && v > 1.6e12,
  '<token>': (v) => typeof v === 'string' && v.length > 0,
  '<phx_ref>': (v) => typeof v === 'string' && v.length > 0,
  '<phx_ref_prev>': (v) => typeof v === 'string' && v.length > 0,
  '<online_at>': (v) => typeof v === 'string' && /^\d+$/.test(v),
  '<text>': (v) => typeof v === 'string' && v.length > 0,
};

/** `<errors:/id>`: a list of {path, message}, at least one of them with the path `/id`. */
function is_error_list(pattern, value) {
  const path = pattern.slice('<errors:'.length, -1);
  const is_entry = (e) => typeof e?.path === 'string' && placeholders['<text>'](e.message);
  return Array.isArray(value) && value.every(is_entry) && value.some((e) => e.path === path);
}

function is_object(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function differences(expected, actual, at = '') {
  const wrong = [`${at || '/'}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`];
  if (typeof expected === 'string' && placeholders[expected]) {
    return placeholders[expected](actual) ? [] : wrong;
  }
  if (typeof expected === 'string' && expected.startsWith('<errors:')) {
    return is_error_list(expected, actual) ? [] : wrong;
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return wrong;
    return expected.flatMap((value, i) => differences(value, actual[i], `${at}/${i}`));
  }
  if (is_object(expected)) {
    if (!is_object(actual)) return wrong;
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...keys].flatMap((key) => differences(expected[key], actual[key], `${at}/${key}`));
  }
  return Object.is(expected, actual) ? [] : wrong;
}

/** One received message against the expected one: see README.md for `holds`. */
function frame_differences(expected, frame, at) {
  if (is_object(expected) && typeof expected.holds === 'string') {
    const text = frame?.text ?? '';
    return text.includes(expected.holds)
      ? []
      : [`${at}: expected a text that holds ${expected.holds}, got ${JSON.stringify(frame)}`];
  }
  return differences(expected, frame?.shown, at);
}

function heard_differences(expected, actual, at) {
  const shown = actual.frames.map((frame) => frame.shown);
  if (shown.length !== expected.frames.length) {
    return [
      `${at}: expected ${expected.frames.length} messages, got ${shown.length}`,
      ...expected.frames.map((frame) => `  expected ${JSON.stringify(frame)}`),
      ...shown.map((frame) => `  got      ${JSON.stringify(frame)}`),
    ];
  }
  return expected.frames.flatMap((frame, i) =>
    frame_differences(frame, actual.frames[i], `${at}/frames/${i}`),
  );
}

/** After a malformed message any code will do that makes a client come back (RFC 6455 7.4.1). */
function ended_differences(expected, actual, at) {
  const is_free = expected.code === 1011 && ![1000, 1005, 1006].includes(actual.code);
  return differences(is_free ? { ...expected, code: actual.code } : expected, actual, at);
}

/** Only the status counts from 400 on; below it, `cache-control` does not. */
function http_differences(expected, actual, at) {
  if (expected.status >= 400) return differences(expected.status, actual.status, `${at}/status`);
  const { 'cache-control': _, ...headers } = expected.headers;
  const wanted = Object.fromEntries(Object.keys(headers).map((k) => [k, actual.headers[k]]));
  return differences(
    { status: expected.status, headers, body: expected.body },
    { status: actual.status, headers: wanted, body: actual.body },
    at,
  );
}

export function entry_differences(expected, actual, at) {
  if (expected.hear !== undefined) return heard_differences(expected, actual, at);
  if (expected.ended !== undefined) return ended_differences(expected, actual, at);
  if (expected.http !== undefined) return http_differences(expected.http, actual.http, at);
  return differences(expected, actual, at);
}
