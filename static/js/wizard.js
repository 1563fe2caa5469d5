// Calendar Sync Settings: drop-downs usable only while their group is enabled, and a warning before answers are lost.
// Without this file the pages work too: the server ignores the days of a disabled group.
(() => {
  'use strict';
  const update = (group) => {
    const enabled = group.querySelector('input[type=radio][value=enable]')?.checked ?? false;
    for (const select of group.querySelectorAll('[data-reach] select')) select.disabled = !enabled;
    group.classList.toggle('is-disabled', !enabled);
  };
  const start = () => {
    for (const group of document.querySelectorAll('[data-group]')) {
      update(group);
      group.addEventListener('change', () => update(group));
    }
    const form = document.querySelector('[data-wizard]');
    if (!form) return;
    let changed = false;
    form.addEventListener('change', () => { changed = true; });
    form.addEventListener('submit', () => { changed = false; });
    window.addEventListener('beforeunload', (event) => {
      if (changed) event.preventDefault();
    });
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
