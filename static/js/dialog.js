// Native dialogs without inline handlers: [data-dialog-open="id"] opens, [data-dialog-close] closes, [data-dismiss]
// removes a message, and whatever is marked [data-focus] gets the focus when it appears.
(() => {
  'use strict';
  const open = (dialog) => {
    if (dialog && !dialog.open) dialog.showModal();
  };
  document.addEventListener('click', (event) => {
    const opener = event.target.closest('[data-dialog-open]');
    if (opener) {
      event.preventDefault(); // an opener may lead to a page of its own, for where this file does not run
      open(document.getElementById(opener.dataset.dialogOpen));
    }
    event.target.closest('[data-dialog-close]')?.closest('dialog')?.close();
    event.target.closest('[data-dismiss]')?.parentElement.remove();
  });
  const focusMarked = () => document.querySelector('[data-focus]')?.focus();
  document.addEventListener('htmx:after:swap', focusMarked);
  document.addEventListener('DOMContentLoaded', focusMarked);
})();
