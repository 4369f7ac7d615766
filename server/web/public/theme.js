// Before the first paint: the theme that was chosen on this machine. A cookie, since signing out empties the storage.
(function () {
  var chosen = /(?:^|; )theme=(light|dark|contrast)/.exec(document.cookie);
  if (chosen) document.documentElement.dataset.theme = chosen[1];
})();
