// Before anything is painted: the colours that were chosen last time. Not a module, so that it runs at once.
(() => {
  try {
    const chosen = localStorage.getItem('theme');
    if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage is switched off: the colours of the system it is.
  }
})();
