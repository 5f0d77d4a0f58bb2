import { eachDayOfInterval, endOfISOWeek, format, parseISO, startOfISOWeek } from 'date-fns';

export function run([date]) {
  const day = parseISO(date);
  for (const each of eachDayOfInterval({ start: startOfISOWeek(day), end: endOfISOWeek(day) })) {
    console.log(format(each, 'EEE d MMM'));
  }
}
