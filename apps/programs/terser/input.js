function longName(argument) {
  const unused = 1;
  return argument * 2 + argument * 2;
}
console.log(longName(21), typeof undefined);
