// One line at the bottom that says what happened and offers to undo it. Stays while it is hovered or focused.
(() => {
  'use strict';
  const SECONDS = 9;
  const bar = document.getElementById('snackbar');
  let timer = 0;
  let undo = null;

  const hide = () => {
    bar.replaceChildren();
    undo = null;
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(hide, SECONDS * 1000);
  };
  const runUndo = () => {
    const action = undo;
    hide();
    action?.();
  };

  // Show `text`; with `action`, a function, the button Undo (and Ctrl or ⌘ with Z) runs it.
  const show = (text, action = null, tone = 'info') => {
    undo = action;
    const words = document.createElement('span');
    words.textContent = text;
    bar.dataset.tone = tone;
    bar.replaceChildren(words);
    if (action) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = 'Undo';
      button.addEventListener('click', runUndo);
      bar.append(button);
    }
    wait();
  };

  for (const name of ['mouseenter', 'focusin']) bar.addEventListener(name, () => clearTimeout(timer));
  for (const name of ['mouseleave', 'focusout']) bar.addEventListener(name, wait);
  document.addEventListener('keydown', (event) => {
    const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'z';
    if (!isUndo || !undo || event.target.closest('input, textarea, select, dialog[open]')) return;
    event.preventDefault();
    runUndo();
  });
  window.bms = { ...window.bms, snackbar: { show } };
})();
