// CommonJS, so that it can be loaded at the very moment when it is needed (codec.ts). The `/pack` entry leaves out the
// streams and the native accelerator, which costs more to load than it gains here.
module.exports = require('msgpackr/pack');
