// The dialog in which the person adds, changes or deletes one event.

import { announce, call } from './control.js';
import { addDays, addMinutes, dayOf, wallNow } from './wall.js';

const dialog = document.getElementById('event-dialog');
const form = document.getElementById('event-form');
const element = (name) => document.getElementById(`event-${name}`);
const zone = document.getElementById('calendar').dataset.zone;

let edited = null; // the event on show, or null for a new one
let afterwards = () => {};

/** Tell the dialog what to do after something was saved or deleted. */
export function onChange(callback) {
  afterwards = callback;
}

/** Open the dialog for a new event; `start` and `end` are wall times, or days when `allDay`. */
export function openNew({ start, end, allDay = false }) {
  edited = null;
  form.reset();
  element('dialog-title').textContent = 'Add event';
  element('calendar').value = preferredCalendar();
  showTimes(start, end ?? (allDay ? addDays(start, 1) : addMinutes(start, 60)), allDay);
  open({ note: '', writable: true, repeats: false });
}

/** Open the dialog for `event`, as the calendar widget holds it. */
export function openEdit(event, { start, end }) {
  edited = event;
  const told = event.extendedProps;
  form.reset();
  element('dialog-title').textContent = told.writable ? 'Edit event' : 'Event';
  element('title').value = told.summary;
  element('calendar').value = told.calendar;
  element('location').value = told.location;
  element('description').value = told.description;
  element('private').checked = told.private;
  showTimes(start, end, event.allDay);
  const notes = [];
  if (told.addedBy) notes.push(`Added by ${told.addedBy}.`);
  if (!told.writable) notes.push('This calendar is read-only.');
  open({ note: notes.join(' '), writable: told.writable, repeats: told.repeats });
}

function open({ note, writable, repeats }) {
  element('note').textContent = note;
  element('note').hidden = !note;
  element('error').hidden = true;
  element('repeats').hidden = Boolean(edited);
  element('series-choice').hidden = !repeats;
  element('delete').hidden = !edited || !writable;
  element('save').hidden = !writable;
  for (const field of form.querySelectorAll('input, select, textarea')) field.disabled = !writable;
  dialog.showModal();
  (writable ? element('title') : element('cancel')).focus();
}

function preferredCalendar() {
  const writable = [...element('calendar').options].filter((option) => option.dataset.writable === 'yes');
  const shown = new Set([...document.querySelectorAll('input[name=shown]:checked')].map((box) => box.value));
  return (writable.find((option) => shown.has(option.value)) ?? writable[0])?.value ?? '';
}

/** Put both ends into the fields. All-day events are shown with their last day, though they are stored with the day after. */
function showTimes(start, end, allDay) {
  element('all-day').checked = allDay;
  for (const name of ['start', 'end']) element(name).type = allDay ? 'date' : 'datetime-local';
  element('start').value = allDay ? dayOf(start) : start.slice(0, 16);
  element('end').value = allDay ? addDays(dayOf(end), -1) : end.slice(0, 16);
}

function readTimes() {
  const [start, end] = [element('start').value, element('end').value];
  if (!element('all-day').checked) return { start, end, zone };
  return { start, end: end && addDays(end, 1), zone };
}

function switchAllDay() {
  const allDay = element('all-day').checked;
  const start = element('start').value || wallNow(zone, 0);
  const end = element('end').value || start;
  if (allDay) showTimes(dayOf(start), addDays(dayOf(end), 1), true);
  else showTimes(`${dayOf(start)}T09:00`, `${dayOf(end)}T10:00`, false);
}

/** A new start takes the end along, so that the event keeps its length. */
function followStart(before) {
  const after = element('start').value;
  const end = element('end').value;
  if (!before || !after || !end) return;
  const moved = Date.parse(`${after}Z`.replace(/^(.{10})Z$/, '$1')) - Date.parse(`${before}Z`.replace(/^(.{10})Z$/, '$1'));
  const minutes = Math.round(moved / 60000);
  element('end').value = element('all-day').checked ? addDays(end, Math.round(minutes / 1440)) : addMinutes(end, minutes).slice(0, 16);
}

async function save() {
  const { start, end } = readTimes();
  if (!start || !end) throw new Error('Please fill in when it starts and ends.');
  if (end <= start) throw new Error('The end must come after the start.');
  const content = {
    ...readTimes(),
    summary: element('title').value,
    location: element('location').value,
    description: element('description').value,
    private: element('private').checked,
  };
  if (edited) await change(content);
  else await create(content);
}

async function create(content) {
  const frequency = element('repeat').value;
  if (frequency) content.recurrence = { rules: [{ frequency }] };
  await call('POST', `/_sandbox/calendars/${encodeURIComponent(element('calendar').value)}/events`, content);
  announce('The event was added.');
}

async function change(content) {
  const target = element('calendar').value;
  const path = `/_sandbox/events/${encodeURIComponent(edited.id)}`;
  await call('PATCH', path, { ...content, whole_series: element('whole-series').checked });
  if (target !== edited.extendedProps.calendar) await call('POST', `${path}/move`, { calendar_id: target });
  announce('The event was changed.');
}

async function remove() {
  const query = element('whole-series').checked ? '?whole_series=true' : '';
  await call('DELETE', `/_sandbox/events/${encodeURIComponent(edited.id)}${query}`);
  announce('The event was deleted.');
}

/** Do `work`; close the dialog when it is done, or say in the dialog why it is not. */
async function attempt(work) {
  element('save').disabled = element('delete').disabled = true;
  try {
    await work();
    dialog.close();
    afterwards();
  } catch (error) {
    element('error').textContent = error.message;
    element('error').hidden = false;
  } finally {
    element('save').disabled = element('delete').disabled = false;
  }
}

let startBefore = '';
form.addEventListener('submit', (submit) => {
  submit.preventDefault();
  attempt(save);
});
element('delete').addEventListener('click', () => attempt(remove));
element('cancel').addEventListener('click', () => dialog.close());
element('all-day').addEventListener('change', switchAllDay);
element('start').addEventListener('focus', () => (startBefore = element('start').value));
element('start').addEventListener('change', () => {
  followStart(startBefore);
  startBefore = element('start').value;
});
