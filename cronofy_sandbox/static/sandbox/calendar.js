// The linked person's calendar: a FullCalendar grid over the account's feed. Every change goes through the control API.

import { announce, announceKept, call, wireButtons } from './control.js';
import { onChange, openEdit, openNew } from './event-dialog.js';
import { addDays, addMinutes, nextHour, wallNow } from './wall.js';

const root = document.getElementById('calendar');
const { feed, zone } = root.dataset;
const offset = Number(root.dataset.offset);
const toggles = [...document.querySelectorAll('input[name=shown]')];
const VIEWS = { month: 'dayGridMonth', week: 'timeGridWeek', day: 'timeGridDay' };
const ASK_EVERY_MS = 3000;

let lastState = ''; // of the feed, as its last answer named it
let dragging = false;

const address = new URL(window.location);
const isPhone = window.matchMedia('(width < 44rem)').matches;
const darkness = window.matchMedia('(prefers-color-scheme: dark)');

const calendar = new FullCalendar.Calendar(root, {
  timeZone: 'UTC', // the feed brings wall times of the account's zone: nothing is converted here
  now: () => wallNow(zone, offset),
  colorScheme: darkness.matches ? 'dark' : 'light',
  initialView: VIEWS[address.searchParams.get('view')] ?? (isPhone ? VIEWS.day : VIEWS.month),
  initialDate: address.searchParams.get('date') ?? undefined,
  headerToolbar: { start: 'prev,next today', center: 'title', end: 'dayGridMonth,timeGridWeek,timeGridDay' },
  firstDay: 1,
  contentHeight: isPhone ? 560 : 680,
  scrollTime: '07:00:00',
  slotDuration: '00:30:00',
  eventTimeFormat: { hour: '2-digit', minute: '2-digit', hour12: false },
  slotHeaderFormat: { hour: '2-digit', minute: '2-digit', hour12: false },
  nowIndicator: true,
  dayMaxEvents: 4,
  editable: true,
  eventInteractive: true,
  selectable: true,
  selectMinDistance: 6,
  longPressDelay: 400,
  eventShortHeight: 52,
  slotMinHeight: 26,
  displayEventEnd: false,
  events: readFeed,
  eventDisplay: 'block',
  eventDidMount: describe,
  eventClick: (info) => edit(info.event),
  dateClick: ({ dateStr, allDay }) => addAt({ day: dateStr.slice(0, 10), time: allDay ? '' : plain(dateStr).slice(11) }),
  select: (info) => openNew({ start: plain(info.startStr), end: plain(info.endStr), allDay: info.allDay }),
  eventDragStart: () => (dragging = true),
  eventDragStop: () => (dragging = false),
  eventResizeStart: () => (dragging = true),
  eventResizeStop: () => (dragging = false),
  eventDrop: moved,
  eventResize: moved,
  datesSet: rememberView,
  dayHeaderDidMount: ({ el }) => nameHeader(el),
});

/** Days and wall times come out of the widget with the letter of UTC, which they are not. */
function plain(text) {
  return text.replace('Z', '').replace('+00:00', '');
}

async function readFeed(range, succeed, fail) {
  try {
    const query = new URLSearchParams({ start: plain(range.startStr), end: plain(range.endStr) });
    const answer = await fetch(`${feed}?${query}`);
    if (!answer.ok) throw new Error(`The calendar could not be read (${answer.status}).`);
    lastState = answer.headers.get('ETag');
    const hidden = new Set(toggles.filter((box) => !box.checked).map((box) => box.value));
    succeed((await answer.json()).filter((event) => !hidden.has(event.extendedProps.calendar)));
  } catch (error) {
    announce(error.message);
    fail(error);
  }
}

/** Applications write at any time: look again, and redraw only when something changed. */
async function lookAgain() {
  if (dragging || document.hidden || document.querySelector('dialog[open]')) return;
  const answer = await fetch(`${feed}?start=1970-01-01&end=1970-01-02`, { headers: { 'If-None-Match': lastState } }).catch(() => null);
  if (answer?.status === 200) calendar.refetchEvents();
}

/** Give the chip a name that holds without looking: what, when, where. */
function describe({ event, el }) {
  const day = event.start.toLocaleDateString('en-GB', { timeZone: 'UTC', weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const clock = (moment) => moment.toISOString().slice(11, 16);
  const hours = event.allDay ? 'whole day' : `${clock(event.start)} to ${clock(event.end)}`;
  const told = event.extendedProps;
  const words = [event.title, day, hours, told.calendarName];
  if (told.private) words.push('confidential');
  if (told.repeats) words.push('part of a series');
  el.setAttribute('aria-label', words.join(', '));
  el.title = event.title;
  el.dir = 'auto';
  el.dataset.event = event.id;
}

/** The widget hides a header's text in favour of a label, which some checkers take for an empty header. */
function nameHeader(header) {
  for (const hidden of header.querySelectorAll('[aria-hidden]')) hidden.removeAttribute('aria-hidden');
}

/** Let the keyboard reach the scrolling part of the grid, and give the empty corner beside it words. */
function finishGrid() {
  for (const node of root.querySelectorAll('div')) {
    if (getComputedStyle(node).overflowY === 'auto' && node.scrollHeight > node.clientHeight) makeFocusable(node);
  }
  for (const corner of root.querySelectorAll('[role=rowheader]:empty')) {
    const words = document.createElement('span');
    words.className = 'visually-hidden';
    words.textContent = 'Hours';
    corner.append(words);
  }
}

/** A grid's row group may hold nothing focusable but rows, so the scrolling box takes the group's role over. */
function makeFocusable(box) {
  const group = box.parentElement.closest('[role=rowgroup]');
  group?.setAttribute('role', 'presentation');
  if (group) box.setAttribute('role', 'rowgroup');
  box.tabIndex = 0;
}

function edit(event) {
  const start = plain(event.startStr);
  const end = event.end ? plain(event.endStr) : event.allDay ? addDays(start, 1) : addMinutes(start, 60);
  openEdit(event, { start, end });
}

/** An event was dragged or resized: tell the sandbox, or put it back and say why. */
async function moved(info) {
  const { event } = info;
  const start = plain(event.startStr);
  const end = event.end ? plain(event.endStr) : event.allDay ? addDays(start, 1) : addMinutes(start, 60);
  try {
    await call('PATCH', `/_sandbox/events/${encodeURIComponent(event.id)}`, { start, end, zone });
    announce('The event was moved.');
    refresh();
  } catch (error) {
    info.revert();
    announce(error.message);
  }
}

function rememberView({ view }) {
  const name = Object.keys(VIEWS).find((key) => VIEWS[key] === view.type);
  address.searchParams.set('view', name);
  address.searchParams.set('date', view.currentStart.toISOString().slice(0, 10));
  window.history.replaceState(null, '', address);
  setTimeout(finishGrid, 300); // once the widget has measured itself
}

/** Return the slot under a point: its day and, in the timed part of the grid, its time. */
function slotAt(x, y) {
  const stack = document.elementsFromPoint(x, y);
  const cell = stack.map((node) => node.closest('[data-date]')).find(Boolean);
  if (!cell || !root.contains(cell)) return null;
  const lane = isTimed(cell) ? stack.map((node) => node.closest('[data-time]')).find(Boolean) : null;
  return { day: cell.dataset.date.slice(0, 10), time: lane?.dataset.time };
}

/** In day and week view the cells of the all-day row are low; only the tall columns below carry times. */
function isTimed(cell) {
  return calendar.view.type !== VIEWS.month && cell.getBoundingClientRect().height > 300;
}

function rightClicked(click) {
  const chip = click.target.closest('[data-event]');
  const known = chip && calendar.getEventById(chip.dataset.event);
  const slot = known ? null : slotAt(click.clientX, click.clientY);
  if (!known && !slot) return;
  click.preventDefault();
  if (known) edit(known);
  else addAt(slot);
}

function addAt({ day, time }) {
  if (time) openNew({ start: `${day}T${time}` });
  else if (calendar.view.type === VIEWS.month) openNew({ start: `${day}T09:00:00` });
  else openNew({ start: day, allDay: true });
}

function refresh() {
  calendar.refetchEvents();
  window.htmx?.trigger('#wire', 'changed');
}

function showChosen() {
  const names = toggles.filter((box) => box.checked).map((box) => box.dataset.name);
  document.getElementById('shown-calendars').textContent = names.join(', ') || 'no calendar';
  calendar.refetchEvents();
}

calendar.render();
onChange(refresh);
wireButtons(refresh);
announceKept();
for (const box of toggles) box.addEventListener('change', showChosen);
root.addEventListener('contextmenu', rightClicked);
darkness.addEventListener('change', () => calendar.setOption('colorScheme', darkness.matches ? 'dark' : 'light'));
document.getElementById('add-event').addEventListener('click', () => openNew({ start: nextHour(zone, offset) }));
setInterval(lookAgain, ASK_EVERY_MS);
