// Reading and writing items. The feed is asked every two seconds while the page is seen, with the ETag of what it has:
// an answer of 304 costs a few hundred bytes, needs no connection held open, and no worker of its own on the server.
(() => {
  'use strict';
  const PERIOD = 2000;
  const root = document.getElementById('calendar');
  const answers = new Map(); // by range: {etag, data}; old ranges are shown at once when one comes back to them
  const watchers = { changed: () => {}, failed: () => {}, worked: () => {} };
  let range = null;
  let offset = null;
  let isBusy = () => false;

  const key = ({ start, end }) => `${start}/${end}`;
  const read = async (asked) => {
    const known = answers.get(key(asked));
    const response = await fetch(`${root.dataset.feed}?${new URLSearchParams(asked)}`, {
      cache: 'no-store',
      headers: known ? { 'If-None-Match': known.etag } : {},
    });
    if (response.redirected) window.location.reload(); // logged out meanwhile
    if (response.status === 304) return { data: known.data, isNew: false };
    if (!response.ok) throw new Error(`The server answered ${response.status}.`);
    const data = await response.json();
    answers.set(key(asked), { etag: response.headers.get('ETag'), data });
    offset = data.utc_offset;
    return { data, isNew: true };
  };

  // Return what is known of the range, and ask again for it.
  const items = async (asked) => {
    range = asked;
    const { data } = await read(asked);
    watchers.worked();
    return data.items;
  };
  const look = async () => {
    if (!range || document.hidden || isBusy()) return;
    const asked = range;
    try {
      const { isNew } = await read(asked);
      watchers.worked();
      if (isNew && asked === range && !isBusy()) watchers.changed();
    } catch (problem) {
      watchers.failed(problem);
    }
  };
  const keepLooking = async () => {
    await look();
    setTimeout(keepLooking, PERIOD);
  };
  document.addEventListener('visibilitychange', look);
  window.addEventListener('online', look);

  // Do something to an item; return the server's answer, or throw its sentence.
  const post = async (address, fields = {}) => {
    const response = await fetch(address, {
      method: 'POST',
      headers: { Accept: 'application/json', 'X-CSRFToken': document.body.dataset.csrf },
      body: new URLSearchParams(fields),
    }).catch(() => {
      throw new Error('The server cannot be reached. Nothing was changed.');
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.text || 'That did not work. Nothing was changed.');
    return answer;
  };

  // The person's clock: its offset comes from the server, since browsers know other time zone rules than it does.
  const now = () => new Date(Date.now() + (offset ?? -new Date().getTimezoneOffset()) * 60000);

  const watch = (given, busy) => {
    Object.assign(watchers, given);
    isBusy = busy;
    setTimeout(keepLooking, PERIOD);
  };
  window.bms = { ...window.bms, feed: { items, look, post, now, watch } };
})();
