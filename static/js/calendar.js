// My Calendar: puts the grid, its toolbar, the menus and the dialogs together.
(() => {
  'use strict';
  const { cells, chips, feed, itemDialog, menu, snackbar } = window.bms;
  const root = document.getElementById('calendar');
  const agenda = document.getElementById('agenda');
  const title = document.getElementById('calendar-title');
  const problem = document.getElementById('calendar-problem');
  const loading = document.getElementById('calendar-loading');
  const empty = document.getElementById('calendar-empty');
  const GRIDS = { day: 'timeGridDay', week: 'timeGridWeek', workweek: 'workWeek', month: 'dayGridMonth' };
  const AGENDA_DAYS = 14;
  const isPhone = window.matchMedia('(max-width: 40rem)').matches;
  let view = root.dataset.view || (isPhone ? 'agenda' : 'month');
  let agendaFrom = root.dataset.date;
  let isDragging = false;

  const wall = (date) => date.toISOString().slice(0, 19); // the grid's UTC is the person's wall clock
  const day = (date) => date.toISOString().slice(0, 10);

  // As much as fits the screen: a month is seen whole, and hours scroll under their days. On a phone a month may grow.
  const heightOf = (name) => (isPhone && name === 'month' ? 'auto' : 'max(34rem, calc(100dvh - 15.5rem))');
  const quarterClass = (info) => (info.time?.milliseconds % 1800000 ? 'is-quarter' : '');
  const todayClass = (info) => (info.isToday ? 'is-today' : '');

  // --- Opening dialogs
  const address = (id, action = '') => `/home/calendar/items/${id}/${action}`;
  const openItem = (id) => itemDialog.open(address(id));
  const add = (kind, place = {}) => itemDialog.open(`/home/calendar/items/new/${kind}/?${new URLSearchParams(place)}`);
  const placeOf = ({ date, time }) => ({ start: time ? `${date}T${time}` : date });

  // --- Changing items, each with its way back
  const span = (event) => {
    if (event.allDay) return { start: day(event.start), end: day(event.end || addHours(event.start, 24)) };
    return { start: wall(event.start), end: wall(event.end || addHours(event.start, 1)) };
  };
  const addHours = (date, hours) => new Date(date.getTime() + hours * 3600000);
  const moved = async (info) => {
    const id = info.event.id;
    const before = span(info.oldEvent);
    try {
      const rev = info.oldEvent.extendedProps.rev;
      const answer = await feed.post(address(id, 'move/'), { ...span(info.event), rev });
      const back = () => act(address(id, 'move/'), { ...before, rev: answer.rev });
      snackbar.show(answer.text, back);
    } catch (refusal) {
      info.revert();
      snackbar.show(refusal.message, null, 'error');
    }
    refresh();
  };
  const act = async (where, fields = {}) => {
    try {
      const answer = await feed.post(where, fields);
      snackbar.show(answer.text, answer.undo ? () => act(answer.undo, answer.undo_fields) : null);
    } catch (refusal) {
      snackbar.show(refusal.message, null, 'error');
    }
    refresh();
  };

  // --- Keeping the page true
  const refresh = () => {
    if (view === 'agenda') loadAgenda();
    else refetch();
  };
  const refetch = () => {
    focused = root.querySelector('[data-item]:focus')?.dataset.item || null;
    calendar.refetchEvents();
  };
  // The grid draws its chips anew; the one that had the focus gets it back.
  let focused = null;
  const refocus = () => {
    const chip = focused && root.querySelector(`[data-item="${focused}"]`);
    if (chip && document.activeElement === document.body) chip.focus();
    focused = null;
  };
  let slow = 0;
  const showLoading = (isLoading) => {
    clearTimeout(slow);
    root.setAttribute('aria-busy', String(isLoading));
    if (isLoading) slow = setTimeout(() => { loading.hidden = false; }, 300);
    else loading.hidden = true;
  };
  let lastGood = null;
  function showProblem() {
    const since = lastGood ? ` What you see is from ${lastGood.toISOString().slice(11, 16)}.` : '';
    problem.querySelector('span').textContent = `The calendar could not be read.${since}`;
    problem.hidden = false;
    empty.hidden = true;
  }
  const showWorks = () => {
    lastGood = feed.now();
    problem.hidden = true;
  };
  feed.watch({ changed: refresh, failed: showProblem, worked: showWorks }, () => isDragging);
  problem.querySelector('[data-retry]').addEventListener('click', refresh);

  // --- The agenda: a list that the server draws
  const agendaRange = () => ({ from: agendaFrom, to: cells.shifted(agendaFrom, AGENDA_DAYS - 1) });
  const loadAgenda = async () => {
    showLoading(true);
    try {
      const response = await fetch(`${root.dataset.agenda}?${new URLSearchParams(agendaRange())}`, {
        headers: { 'HX-Request': 'true' },
      });
      if (!response.ok) throw new Error();
      const html = await response.text();
      const parsed = new DOMParser().parseFromString(html, 'text/html');
      agenda.replaceChildren(...parsed.body.childNodes);
      const { from, to } = agendaRange();
      await feed.items({ start: from, end: cells.shifted(to, 1) }); // so that changes are noticed here, too
    } catch {
      showProblem();
    }
    showLoading(false);
  };
  agenda.addEventListener('click', (event) => {
    const link = event.target.closest('a');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openItem(link.closest('[data-item]').dataset.item);
  });

  // --- Where one is: the view and the date, in the toolbar and in the address
  const shownDate = () => (view === 'agenda' ? agendaFrom : day(calendar.getDate()));
  const agendaTitle = () => {
    const { from, to } = agendaRange();
    const format = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
    return `${format.format(new Date(from))} – ${format.format(new Date(to))}`;
  };
  const showWhere = () => {
    title.textContent = view === 'agenda' ? agendaTitle() : calendar.view.title;
    document.title = `${title.textContent} · My Calendar · BMS`;
    for (const button of document.querySelectorAll('[data-view]')) {
      if (button !== root) button.setAttribute('aria-pressed', String(button.dataset.view === view));
    }
  };
  const remember = () => {
    const query = new URLSearchParams({ view, date: shownDate() });
    if (`?${query}` !== window.location.search) window.history.pushState(null, '', `?${query}`);
  };
  const show = (name, date) => {
    const wasAgenda = view === 'agenda';
    view = name;
    const isAgenda = name === 'agenda';
    root.hidden = isAgenda;
    agenda.hidden = !isAgenda;
    if (isAgenda) {
      agendaFrom = date;
      empty.hidden = true;
      showWhere();
      loadAgenda();
    } else {
      root.dataset.grid = name;
      calendar.setOption('height', heightOf(name));
      calendar.changeView(GRIDS[name], date);
      showWhere();
      if (wasAgenda) refetch(); // a grid asks by itself only for days that it has not shown
    }
  };
  const go = (name, date = shownDate()) => {
    show(name, date);
    remember();
  };
  const today = () => day(feed.now());
  const stepping = {
    today: () => go(view, today()),
    prev: () => step(-1),
    next: () => step(1),
  };
  const step = (direction) => {
    if (view === 'agenda') go('agenda', cells.shifted(agendaFrom, direction * AGENDA_DAYS));
    else {
      if (direction < 0) calendar.prev();
      else calendar.next();
      remember();
    }
  };
  window.addEventListener('popstate', () => {
    const query = new URLSearchParams(window.location.search);
    show(query.get('view') || 'month', query.get('date') || today());
  });

  // --- Menus: by the right button, a long press, Shift+F10 or the menu key
  const slotEntries = (place) => [
    { text: 'Add appointment', icon: 'calendar-event', run: () => add('appointment', placeOf(place)) },
    { text: 'Add CRM activity', icon: 'telephone', run: () => add('activity', placeOf(place)) },
    { text: 'Add service call', icon: 'tools', run: () => add('service_call', placeOf(place)) },
    { text: 'Add task', icon: 'kanban', run: () => add('task', placeOf(place)) },
    { text: 'Add to do', icon: 'check2-square', run: () => add('todo', placeOf(place)) },
    null,
    { text: 'Go to day', icon: 'calendar-day', run: () => go('day', place.date) },
  ];
  const itemEntries = (id) => {
    const item = calendar.getEventById(id);
    const props = item?.extendedProps || {};
    const canBeDone = props.kind !== 'appointment' && !props.isOver && props.mayEdit;
    return [
      { text: props.mayEdit === false ? 'Open' : 'Edit', icon: 'pencil', run: () => openItem(id) },
      canBeDone && { text: 'Mark done', icon: 'check2', run: () => act(address(id, 'done/')) },
      { text: 'Duplicate', icon: 'copy', run: () => add(props.kind, { from: id }) },
      null,
      props.mayEdit !== false && { text: 'Delete', icon: 'trash', run: () => act(address(id, 'delete/')) },
    ].filter((entry) => entry !== false).filter((entry, index, all) => entry !== null || index < all.length - 1);
  };
  const openMenu = ({ x, y, item, place, from }) => {
    if (item) menu.open({ x, y, label: 'Item', entries: itemEntries(item.dataset.item), from: item });
    else if (place) {
      cells.choose(place.date);
      menu.open({ x, y, label: place.date, entries: slotEntries(place), from: from || place.cell });
    }
  };
  root.addEventListener('contextmenu', (event) => {
    const { clientX: x, clientY: y } = event;
    const isKeyboard = event.button !== 2 && event.target.matches(`${cells.CELL}, [data-item]`);
    if (isKeyboard) return; // handled by its own key, which knows the focused cell
    const item = cells.itemAt(x, y);
    const place = cells.at(x, y);
    if (!item && !place) return;
    event.preventDefault();
    openMenu({ x, y, item, place });
  });
  // A finger that rests; not every browser makes a right click of that.
  let resting = 0;
  root.addEventListener('pointerdown', ({ pointerType, clientX: x, clientY: y }) => {
    if (pointerType !== 'touch') return;
    resting = setTimeout(() => openMenu({ x, y, item: cells.itemAt(x, y), place: cells.at(x, y) }), 550);
  });
  for (const name of ['pointermove', 'pointerup', 'pointercancel']) {
    root.addEventListener(name, ({ movementX, movementY }) => {
      if (name !== 'pointermove' || Math.abs(movementX) + Math.abs(movementY) > 3) clearTimeout(resting);
    });
  }
  root.addEventListener('keydown', (event) => {
    const item = event.target.closest('[data-item]');
    const cell = event.target.matches(cells.CELL) ? event.target : null;
    if (!item && !cell) return;
    if (event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10')) {
      const box = event.target.getBoundingClientRect();
      event.preventDefault();
      openMenu({ x: box.left + 8, y: box.top + 24, item, place: cell && { date: cell.dataset.date, time: null, cell } });
    } else if (event.key === 'Enter' && cell) add('appointment', { start: cell.dataset.date });
    else if (event.key === 'Delete' && item) act(address(item.dataset.item, 'delete/'));
  });
  root.addEventListener('bms:beyond', ({ detail }) => {
    calendar.gotoDate(detail.date);
    remember();
    requestAnimationFrame(() => cells.choose(detail.date, { focus: true }));
  });
  root.addEventListener('dblclick', (event) => {
    if (cells.itemAt(event.clientX, event.clientY)) return;
    const place = cells.at(event.clientX, event.clientY);
    if (place) add('appointment', placeOf(place));
  });

  // --- The toolbar, and what other parts of the page tell
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-go], button[data-view], [data-add]');
    if (!button) return;
    event.preventDefault();
    if (button.dataset.go) stepping[button.dataset.go]();
    else if (button.dataset.view) go(button.dataset.view);
    else add(button.dataset.add, { start: shownDate() < today() || view !== 'day' ? today() : shownDate() });
  });
  document.addEventListener('bms:do', ({ detail }) => act(detail.address));
  document.addEventListener('bms:changed', ({ detail }) => {
    snackbar.show(detail.text, detail.undo ? () => act(detail.undo) : null);
    refresh();
  });

  // --- The grid. Made last: it calls back at once.
  const calendar = new FullCalendar.Calendar(root, {
    initialView: GRIDS[view] || 'dayGridMonth',
    initialDate: root.dataset.date,
    views: {
      timeGrid: { dayHeaderFormat: { weekday: 'short', day: 'numeric' } },
      timeGridDay: { titleFormat: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } },
      timeGridWeek: { titleFormat: { day: 'numeric', month: 'short', year: 'numeric' } },
      workWeek: { type: 'timeGridWeek', weekends: false },
    },
    headerToolbar: false,
    locale: 'en-gb',
    // Times come as readings of the person's clock and are drawn as they are, so the browser's zone data plays no part.
    timeZone: 'UTC',
    now: () => wall(feed.now()),
    nowIndicator: true,
    firstDay: 1,
    height: heightOf(view),
    tableHeaderSticky: true,
    scrollTime: '07:30',
    // Rows as fine as the steps of dragging: with coarser rows FullCalendar 7.1 drops items one step too late.
    slotDuration: '00:15',
    slotHeaderInterval: '01:00',
    slotHeaderInnerClass: 'hour-label',
    slotHeaderClass: quarterClass,
    slotLaneClass: quarterClass,
    businessHours: { daysOfWeek: [1, 2, 3, 4, 5], startTime: '08:00', endTime: '18:00' },
    weekNumbers: true,
    dayMaxEvents: isPhone ? 2 : true,
    moreLinkClass: 'more-link',
    dayCellClass: todayClass,
    dayLaneClass: todayClass,
    dayHeaderClass: todayClass,
    eventDisplay: 'block',
    eventInteractive: true,
    eventMinHeight: 24, // large enough to hit with a finger
    eventShortHeight: 40,
    eventTimeFormat: { hour: '2-digit', minute: '2-digit', hour12: false },
    slotHeaderFormat: { hour: '2-digit', minute: '2-digit', hour12: false },
    editable: true,
    selectable: true,
    selectMinDistance: 8,
    selectMirror: true,
    longPressDelay: 600,
    eventContent: chips.content,
    eventClass: chips.classes,
    eventDidMount: chips.mounted,
    events: (info) => feed.items({ start: info.startStr.slice(0, 10), end: info.endStr.slice(0, 10) })
      .then((items) => items.map(chips.asEvent)),
    eventSourceFailure: showProblem,
    eventsSet: (events) => {
      empty.hidden = view === 'agenda' || events.length > 0 || !problem.hidden;
      cells.refresh();
      requestAnimationFrame(refocus);
    },
    loading: (isLoading) => showLoading(isLoading),
    datesSet: () => {
      showWhere();
      cells.refresh();
    },
    dateClick: (info) => cells.choose(info.dateStr.slice(0, 10), { focus: true }),
    select: (info) => {
      calendar.unselect();
      add('appointment', { start: info.startStr.replace('Z', ''), end: info.endStr.replace('Z', '') });
    },
    eventClick: (info) => {
      info.jsEvent.preventDefault();
      openItem(info.event.id);
    },
    eventDragStart: () => { isDragging = true; },
    eventDragStop: () => { isDragging = false; },
    eventResizeStart: () => { isDragging = true; },
    eventResizeStop: () => { isDragging = false; },
    eventDrop: (info) => moved(info),
    eventResize: (info) => moved(info),
  });
  root.dataset.grid = view;
  calendar.render();
  if (view === 'agenda') show(view, root.dataset.date);
})();
