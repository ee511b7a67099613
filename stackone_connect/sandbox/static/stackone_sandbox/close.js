// The popup of an OAuth connection has nothing more to say; a page that no script opened stays.
window.close();
