// The dialog in which items are added and edited: the server draws the form, this file opens, guards and closes it.
(() => {
  'use strict';
  const dialog = document.getElementById('item-dialog');
  const discard = document.getElementById('discard-dialog');
  let untouched = '';
  let opener = null;

  const form = () => document.getElementById('item-form');
  const content = () => new URLSearchParams(new FormData(form())).toString();
  const isTouched = () => Boolean(form()) && content() !== untouched;

  const open = async (address) => {
    if (dialog.open) return;
    opener = document.activeElement;
    await htmx.ajax('GET', address, { target: '#item-dialog', swap: 'innerHTML' });
    if (!form()) {
      window.bms.snackbar.show('This item is no longer there.', null, 'error');
      return;
    }
    dialog.showModal();
    prepare();
    untouched = content();
    firstField()?.focus();
  };
  const firstField = () => dialog.querySelector('[name=subject]:not(:disabled), input:not([type=hidden]):not(:disabled)')
    || dialog.querySelector('[data-dialog-close]');
  const shut = () => {
    if (dialog.open) dialog.close();
    dialog.replaceChildren();
    if (opener?.isConnected) opener.focus();
  };
  const leave = () => (isTouched() ? discard.showModal() : shut());

  // --- The form's own behaviour: an end that follows the start, times that go with All day, a filter for tickets
  const field = (name) => form()?.elements.namedItem(name);
  const moment = (side) => {
    const [day, clock] = [field(`${side}_date`)?.value, field(`${side}_time`)?.value];
    return day && clock ? new Date(`${day}T${clock}Z`) : null;
  };
  const showMoment = (side, value) => {
    field(`${side}_date`).value = value.toISOString().slice(0, 10);
    field(`${side}_time`).value = value.toISOString().slice(11, 16);
  };
  let length = 0;
  const remember = () => {
    const [start, end] = [moment('start'), moment('end')];
    length = start && end && end > start ? end - start : Number(form().dataset.length) * 60000;
  };
  const follow = () => {
    const start = moment('start');
    if (start && field('end_date')) showMoment('end', new Date(start.getTime() + length));
    else if (field('end_date') && field('start_date').value > field('end_date').value) {
      field('end_date').value = field('start_date').value;
    }
  };
  const showTimes = () => {
    const box = field('all_day');
    if (!box) return;
    for (const name of ['start_time', 'end_time']) {
      field(name).closest('.field').hidden = box.checked;
      if (!box.checked && !field(name).value) field(name).value = name === 'start_time' ? '09:00' : '10:00';
    }
  };
  const addFilters = () => {
    for (const place of dialog.querySelectorAll('.field-tickets, .field-people')) {
      const labels = [...place.querySelectorAll('fieldset label')];
      if (labels.length < 7) continue;
      const box = document.createElement('input');
      box.type = 'search';
      box.className = 'form-control form-control-sm list-filter';
      box.placeholder = 'Filter';
      box.setAttribute('aria-label', `Filter ${place.querySelector('legend').textContent.trim()}`);
      box.addEventListener('input', () => {
        const wanted = box.value.trim().toLowerCase();
        for (const label of labels) {
          const fits = label.textContent.toLowerCase().includes(wanted) || label.querySelector('input').checked;
          label.parentElement.hidden = !fits;
        }
      });
      place.querySelector('legend').after(box);
    }
  };
  const prepare = () => {
    if (!form()) return;
    htmx.process(dialog);
    showTimes();
    remember();
    addFilters();
  };

  dialog.addEventListener('change', (event) => {
    const name = event.target.name;
    if (name === 'start_date' || name === 'start_time') follow();
    if (name === 'end_date' || name === 'end_time') remember();
    if (name === 'all_day') {
      showTimes();
      remember();
    }
  });

  // --- Leaving
  dialog.addEventListener('cancel', (event) => {
    if (event.target !== dialog) return;
    event.preventDefault();
    leave();
  });
  dialog.addEventListener('click', (event) => {
    const closes = event.target.closest('[data-dialog-close]');
    if (!closes && event.target !== dialog) return; // the backdrop counts as the dialog itself
    if (event.target === dialog && insideOf(event)) return;
    event.stopPropagation();
    leave();
  });
  const insideOf = ({ clientX, clientY }) => {
    const box = dialog.getBoundingClientRect();
    return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
  };
  discard.querySelector('[data-discard]').addEventListener('click', () => {
    discard.close();
    shut();
  });
  window.addEventListener('beforeunload', (event) => {
    if (dialog.open && isTouched()) event.preventDefault();
  });

  // --- Answers of the server
  document.addEventListener('htmx:after:swap', () => {
    if (dialog.open) prepare();
  });
  document.addEventListener('bms:saved', (event) => {
    const { again } = event.detail;
    shut();
    document.dispatchEvent(new CustomEvent('bms:changed', { detail: event.detail }));
    if (again) open(`/home/calendar/items/new/${again}/`);
  });
  dialog.addEventListener('submit', (event) => {
    if (event.target.id !== 'item-delete-form') return;
    event.preventDefault();
    const address = event.target.action;
    shut();
    document.dispatchEvent(new CustomEvent('bms:do', { detail: { address } }));
  });
  window.bms = { ...window.bms, itemDialog: { open } };
})();
