// The theme: as the system has it, unless the person chose one. Loaded first, so that nothing is drawn in the wrong one.
(() => {
  'use strict';
  const KEY = 'bms-theme';
  const system = window.matchMedia('(prefers-color-scheme: dark)');

  const remembered = () => {
    try {
      return localStorage.getItem(KEY) || 'auto';
    } catch {
      return 'auto'; // storage is forbidden: follow the system
    }
  };
  const show = (choice) => {
    const dark = choice === 'dark' || (choice === 'auto' && system.matches);
    document.documentElement.dataset.bsTheme = dark ? 'dark' : 'light';
    for (const button of document.querySelectorAll('[data-theme-choice]')) {
      button.setAttribute('aria-pressed', String(button.dataset.themeChoice === choice));
    }
  };

  show(remembered());
  system.addEventListener('change', () => show(remembered()));
  document.addEventListener('DOMContentLoaded', () => show(remembered()));
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-theme-choice]');
    if (!button) return;
    try {
      localStorage.setItem(KEY, button.dataset.themeChoice);
    } catch {
      // Not remembered then; it still holds for this page.
    }
    show(button.dataset.themeChoice);
  });
})();
