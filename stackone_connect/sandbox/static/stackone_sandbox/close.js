// Closes the popup of an OAuth connection; browsers keep a page that no script opened.
window.close();
