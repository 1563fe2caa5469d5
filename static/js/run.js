// Says the milestones of a running sync to screen readers: every quarter, and the end; never every two seconds.
(() => {
  'use strict';
  let said = '';
  const say = () => {
    const words = document.getElementById('run-live')?.dataset.milestone ?? '';
    const announcer = document.getElementById('run-announcer');
    if (!announcer || words === said) return;
    said = words;
    announcer.textContent = words;
  };
  document.addEventListener('DOMContentLoaded', () => { said = document.getElementById('run-live')?.dataset.milestone ?? ''; });
  document.addEventListener('htmx:after:swap', say);
})();
