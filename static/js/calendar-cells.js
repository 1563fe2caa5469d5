// The empty places of the grid: which day and time lies under a point, and a focus that arrows move from day to day.
(() => {
  'use strict';
  const root = document.getElementById('calendar');
  const CELL = '[role=gridcell][data-date]';
  let chosen = null; // the day that Tab comes back to

  // Return {date, time|null, cell} under a point. Slots count only in the timed body: those scrolled away lie
  // under the row of whole days.
  const at = (x, y) => {
    const layers = document.elementsFromPoint(x, y).filter((each) => root.contains(each));
    const cell = layers.map((each) => each.closest(CELL)).find(Boolean);
    if (!cell) return null;
    const isTimed = root.querySelector('[data-time]') !== null && cell.getBoundingClientRect().height > 400;
    const slot = isTimed ? layers.map((each) => each.closest('[data-time]')).find(Boolean) : null;
    return { date: cell.dataset.date, time: slot ? slot.dataset.time.slice(0, 5) : timeAt(isTimed && y, layers), cell };
  };
  const timeAt = (y) => {
    if (y === false) return null;
    const slots = [...root.querySelectorAll('[data-time]')];
    const hit = slots.find((slot) => {
      const box = slot.getBoundingClientRect();
      return y >= box.top && y < box.bottom;
    });
    return hit ? hit.dataset.time.slice(0, 5) : null;
  };
  const itemAt = (x, y) => document.elementsFromPoint(x, y).map((each) => each.closest('[data-item]')).find(Boolean) || null;

  const cells = () => [...root.querySelectorAll(CELL)].filter((cell) => !cell.closest('[role=dialog]'));
  // One cell of the grid can be reached by Tab: the one chosen last, else today's, else the first.
  const refresh = () => {
    const all = cells();
    const wanted = all.find((cell) => cell.dataset.date === chosen)
      || all.find((cell) => cell.dataset.date === window.bms.feed.now().toISOString().slice(0, 10))
      || all[0];
    for (const cell of all) cell.tabIndex = cell === wanted ? 0 : -1;
    for (const cell of all) cell.classList.toggle('is-chosen', cell.dataset.date === chosen);
  };
  const choose = (date, { focus = false } = {}) => {
    chosen = date;
    refresh();
    if (focus) cells().find((cell) => cell.dataset.date === date)?.focus({ preventScroll: false });
  };
  const shifted = (date, days) => {
    const moved = new Date(`${date}T00:00Z`);
    moved.setUTCDate(moved.getUTCDate() + days);
    return moved.toISOString().slice(0, 10);
  };
  const steps = () => {
    const week = document.querySelector('[data-view=month][aria-pressed=true]') ? 7 : 0;
    return { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -week, ArrowDown: week };
  };
  root.addEventListener('keydown', (event) => {
    const step = steps()[event.key];
    if (!step || !event.target.matches(CELL)) return;
    const date = shifted(event.target.dataset.date, step);
    event.preventDefault();
    if (cells().some((cell) => cell.dataset.date === date)) choose(date, { focus: true });
    else root.dispatchEvent(new CustomEvent('bms:beyond', { detail: { date } }));
  });
  window.bms = { ...window.bms, cells: { at, itemAt, refresh, choose, shifted, CELL } };
})();
