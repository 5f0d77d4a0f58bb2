import { differenceInCalendarDays, format, parseISO } from 'date-fns';

export function run([date, from]) {
  const [end, start] = [parseISO(date), from === undefined ? new Date() : parseISO(from)];
  const days = differenceInCalendarDays(end, start);
  console.log(`${days} days until ${format(end, 'EEEE, d MMMM yyyy')}`);
}
