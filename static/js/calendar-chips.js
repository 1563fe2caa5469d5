// How an item looks on the grid: icon, time, subject, a mark for its sync. Everything shown is also said in words.
(() => {
  'use strict';
  const longDay = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC',
  });
  const make = (tag, className, text = '') => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
  };
  const icon = (name) => {
    const element = make('i', `bi bi-${name}`);
    element.setAttribute('aria-hidden', 'true');
    return element;
  };
  const hidden = (text) => make('span', 'visually-hidden', text);
  const shownOnly = (element) => {
    element.setAttribute('aria-hidden', 'true');
    return element;
  };

  const sync = (mark) => {
    const glyph = make('span', `sync-glyph sync-${mark.state}`, mark.glyph);
    glyph.title = mark.text;
    return shownOnly(glyph);
  };
  const words = (event) => {
    const item = event.extendedProps;
    return [
      item.context,
      item.status,
      item.isPrivate && 'private',
      item.isTentative && 'tentative',
      item.cameFrom && `from ${item.cameFrom}`,
      item.sync?.text,
    ].filter(Boolean).join(', ');
  };

  const content = (info) => {
    const { event, timeText } = info;
    const item = event.extendedProps;
    const isLine = info.isShort || event.allDay || info.view.type === 'dayGridMonth';
    const chip = make('div', ['chip', isLine && 'chip-line', info.isNarrow && 'chip-narrow'].filter(Boolean).join(' '));
    chip.append(icon(item.icon), hidden(`${item.kindLabel}, ${longDay.format(event.start)}, `));
    if (item.isPrivate) chip.append(icon('lock'));
    if (timeText) chip.append(info.isNarrow ? hidden(timeText) : make('span', 'chip-time', timeText), hidden(', '));
    chip.append(make('span', 'chip-subject', event.title));
    if (item.context) chip.append(shownOnly(make('span', 'chip-context', item.context)));
    chip.append(hidden(`, ${words(event)}`));
    if (item.sync) chip.append(sync(item.sync));
    return { domNodes: [chip] };
  };
  const classes = ({ event }) => {
    const item = event.extendedProps;
    return [
      'item',
      `kind-${item.kind}`,
      item.cameFrom && 'from-linked',
      item.isOver && 'is-over',
      item.isTentative && 'is-tentative',
    ].filter(Boolean).join(' ');
  };
  const mounted = ({ el, event }) => {
    el.dataset.item = event.id;
    el.title = `${event.title}\n${words(event)}`;
  };
  const asEvent = (item) => ({
    ...item,
    id: String(item.id),
    startEditable: item.mayEdit,
    durationEditable: item.mayEdit,
  });
  window.bms = { ...window.bms, chips: { content, classes, mounted, asEvent } };
})();
