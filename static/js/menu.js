// A context menu by the ARIA pattern: focus moves with arrows, Home, End and first letters; Escape gives it back.
(() => {
  'use strict';
  const menu = document.getElementById('context-menu');
  let back = null; // what had the focus before

  const items = () => [...menu.querySelectorAll('[role=menuitem]')];
  const close = ({ refocus = true } = {}) => {
    if (menu.hidden) return;
    menu.hidden = true;
    menu.classList.remove('show');
    if (refocus && back?.isConnected) back.focus();
  };
  const separator = () => {
    const line = document.createElement('div');
    line.className = 'dropdown-divider';
    line.setAttribute('role', 'separator');
    return line;
  };
  const entry = ({ text, icon, run }) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'dropdown-item';
    button.setAttribute('role', 'menuitem');
    button.tabIndex = -1;
    const picture = document.createElement('i');
    picture.className = `bi bi-${icon}`;
    picture.setAttribute('aria-hidden', 'true');
    button.append(picture, ` ${text}`);
    button.addEventListener('click', () => {
      close();
      run();
    });
    return button;
  };
  const place = (x, y) => {
    const { width, height } = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(4, Math.min(x, window.innerWidth - width - 4))}px`;
    menu.style.top = `${Math.max(4, Math.min(y, window.innerHeight - height - 4))}px`;
  };

  // Open at a point with entries {text, icon, run}; null stands for a line between groups.
  const open = ({ x, y, label, entries, from }) => {
    back = from || document.activeElement;
    menu.setAttribute('aria-label', label);
    menu.replaceChildren(...entries.map((each) => (each ? entry(each) : separator())));
    menu.hidden = false;
    menu.classList.add('show');
    place(x, y);
    items()[0].focus();
  };

  const move = (step) => {
    const all = items();
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  };
  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Home: () => items()[0].focus(),
    End: () => items().at(-1).focus(),
    Escape: () => close(),
    Tab: () => close(),
  };
  menu.addEventListener('keydown', (event) => {
    const key = keys[event.key];
    if (key) {
      event.preventDefault();
      event.stopPropagation();
      key();
    } else if (event.key.length === 1 && /\S/.test(event.key)) {
      const letter = event.key.toLowerCase();
      items().find((each) => each.textContent.trim().toLowerCase().startsWith(letter))?.focus();
    }
  });
  document.addEventListener('pointerdown', (event) => {
    if (!menu.contains(event.target)) close({ refocus: false });
  });
  window.addEventListener('blur', () => close({ refocus: false }));
  document.addEventListener('wheel', () => close(), { passive: true });
  menu.addEventListener('contextmenu', (event) => event.preventDefault());
  window.bms = { ...window.bms, menu: { open, close } };
})();
