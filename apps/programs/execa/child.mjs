console.log('child', process.argv.slice(2), process.execArgv.length < 4);
