// Native dialogs without inline handlers: [data-dialog-open="id"] opens, [data-dialog-close] closes, [data-dismiss]
// removes a message, and whatever is marked [data-focus] gets the focus when it appears.
(() => {
  'use strict';
  const open = (dialog) => {
    if (dialog && !dialog.open) dialog.showModal();
  };
  document.addEventListener('click', (event) => {
    const opener = event.target.closest('[data-dialog-open]');
    if (opener) open(document.getElementById(opener.dataset.dialogOpen));
    event.target.closest('[data-dialog-close]')?.closest('dialog')?.close();
    event.target.closest('[data-dismiss]')?.parentElement.remove();
  });
  const focusMarked = (root) => root.querySelector?.('[data-focus]')?.focus();
  document.addEventListener('htmx:after:swap', (event) => focusMarked(event.target));
  document.addEventListener('DOMContentLoaded', () => focusMarked(document));
})();
