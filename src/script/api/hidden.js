// Logger.hideTones: whoever presses a PIN leaves it nowhere.

global.Logger.hideTones = function hideTones(flag) {
  host.hideTones(!!flag);
};
