#!/usr/bin/env node
'use strict';

// First of all, before anything is imported. It never throws and prints nothing.
require('bmes-cache').enable();
import('../src/cli.mjs');
