// All of date-fns: many small modules in one package scope.
import * as dateFns from 'date-fns';

const start = new Date(2024, 0, 31, 12);
const end = dateFns.addMonths(start, 13);

console.log('exports', Object.keys(dateFns).length);
console.log('format', dateFns.format(end, "EEEE, d MMMM yyyy 'at' HH:mm"));
console.log('distance', dateFns.formatDistanceStrict(start, end));
console.log('weekdays', dateFns.differenceInBusinessDays(end, start));
console.log('leap', dateFns.isLeapYear(start), dateFns.getDaysInMonth(dateFns.addMonths(start, 1)));
