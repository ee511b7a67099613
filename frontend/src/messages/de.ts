import type { Catalogue } from "./en.js";

export const de: Catalogue = {
  connect: "Verbinden",
  cancel: "Abbrechen",
  done: "Fertig",
  try_again: "Erneut versuchen",
  check_again: "Erneut prüfen",
  start_again: "Neu beginnen",
  reload: "Seite neu laden",
  sign_in: "Wieder anmelden",
  open_page: "Seite von StackOne öffnen",

  title_any: "Ein Konto verbinden",
  title_connect: "{name} verbinden",
  title_reconnect: "{name} wieder verbinden",
  title_another: "Ein weiteres Konto von {name} hinzufügen",

  asking: "StackOne wird um eine Sitzung gebeten …",
  asking_still: "StackOne hat noch nicht geantwortet. Das kann noch einige Sekunden dauern.",
  loading_form: "Das Formular wird geladen …",
  loading_form_still: "Das Formular wird noch geladen. Ihre Verbindung scheint langsam zu sein.",
  checking: "StackOne wird gefragt …",
  ends_soon: "Diese Sitzung endet bald. Eine neue beginnt mit einem leeren Formular.",
  ended: "Diese Sitzung ist zu Ende. Eine neue beginnt mit einem leeren Formular.",
  refused: "StackOne hat diese Sitzung vorzeitig beendet. Eine neue beginnt mit einem leeren Formular.",

  hosted: "Die Seite von StackOne öffnet sich in einem neuen Tab. Kommen Sie danach hierher zurück.",
  hosted_missing:
    "Das Formular von StackOne konnte nicht geladen werden. Dasselbe geht auf der Seite von StackOne, in einem neuen Tab.",
  hosted_crashed:
    "Das Formular von StackOne funktioniert nicht mehr. Dasselbe geht auf der Seite von StackOne, in einem neuen Tab.",
  hosted_modal:
    "Das Formular von StackOne funktioniert in diesem Dialog nicht. Die Seite von StackOne öffnet sich in einem neuen Tab.",

  exists_one: "{name} ist schon verbunden. Möchten Sie dieses Konto aktualisieren?",
  exists_many: "{name} ist schon verbunden. Welches Konto möchten Sie aktualisieren?",
  exists_one_or_add:
    "{name} ist schon verbunden. Möchten Sie dieses Konto aktualisieren oder ein weiteres hinzufügen?",
  exists_many_or_add:
    "{name} ist schon verbunden. Möchten Sie eines dieser Konten aktualisieren oder ein weiteres hinzufügen?",
  update: "{name} aktualisieren",
  add_another: "Weiteres hinzufügen",
  label: "Name des weiteren Kontos",
  label_help: "Damit Sie es vom ersten unterscheiden können, zum Beispiel „Lohn Deutschland“.",
  at_stake:
    "Schon verbunden: {names}. Wenn Sie hier eines davon wählen, werden dessen Zugangsdaten ersetzt.",
  and_more: "{count} weitere",

  path_create: "Hiermit kommt ein neues Konto hinzu.",
  path_update: "Hiermit wird das Konto aktualisiert, das Sie schon haben.",
  path_multiple: "Hiermit kommt ein weiteres Konto hinzu; die vorhandenen bleiben, wie sie sind.",
  path_undetermined:
    "Ob ein Konto hinzukommt oder aktualisiert wird, hängt davon ab, welches System Sie wählen.",

  outcome_create: "{name} ist verbunden.",
  outcome_update: "{name} ist aktualisiert.",
  outcome_multiple: "Ein weiteres Konto von {name} ist verbunden.",
  outcome_reconnect: "{name} ist wieder verbunden.",
  outcome_unknown: "{name} ist bestätigt.",
  unconfirmed: "StackOne hat noch keine Änderung bestätigt.",

  the_account: "Das Konto",
  name_label: "{name} ({label})",
  name_since: "{name} (verbunden am {date})",

  window_closed: "Das Fenster des Anbieters wurde geschlossen, deshalb wurde nichts verbunden.",
  window_lost: "Falls Sie das Fenster des Anbieters geschlossen haben, wurde nichts verbunden.",
  window_blocked:
    "Ihr Browser hat das Fenster des Anbieters blockiert. Erlauben Sie Pop-ups für diese Seite.",
  window_denied: "Im Fenster des Anbieters wurde kein Zugriff erlaubt, deshalb wurde nichts verbunden.",
  window_refused: "Der Anbieter hat abgelehnt ({code}), deshalb wurde nichts verbunden.",
  window_cancelled: "Das Verbinden wurde abgebrochen, deshalb wurde nichts verbunden.",
  window_timed_out: "Das Fenster des Anbieters war zu lange offen, deshalb wurde nichts verbunden.",

  invalid: "Diese Auswahl wird hier nicht angenommen.",
  not_authenticated: "Sie wurden abgemeldet.",
  permission_denied: "Sie dürfen das nicht. Wenden Sie sich an Ihre Administration.",
  no_organization:
    "Sie gehören zu keiner Organisation. Bitten Sie Ihre Administration, Sie hinzuzufügen.",
  not_found: "Diese Sitzung gibt es nicht mehr. Beginnen Sie eine neue.",
  account_not_found: "Dieses Konto ist nicht mehr mit Ihrer Organisation verbunden.",
  conflict: "Dieses Konto passt nicht zu dieser Sitzung. Beginnen Sie eine neue.",
  throttled: "Das waren viele Versuche in kurzer Zeit.",
  stackone_rejected: "StackOne nimmt diese Auswahl nicht an. Wählen Sie ein anderes System.",
  stackone_misconfigured:
    "Das Verbinden ist bei uns nicht richtig eingerichtet. Das müssen wir beheben; bitte wenden Sie sich an den Support.",
  stackone_bad_answer:
    "Mit der Antwort von StackOne können wir nichts anfangen. Versuchen Sie es in einer Weile erneut.",
  stackone_rate_limited: "StackOne ist ausgelastet.",
  stackone_unavailable: "StackOne ist im Moment nicht erreichbar.",
  unavailable: "Der Server ist ausgelastet.",
  abandoned: "Der Server wurde beendet, bevor StackOne geantwortet hat.",
  method_not_allowed: "Diese Seite und der Server passen nicht zusammen. Laden Sie die Seite neu.",
  not_acceptable: "Diese Seite und der Server passen nicht zusammen. Laden Sie die Seite neu.",
  unsupported_media_type: "Diese Seite und der Server passen nicht zusammen. Laden Sie die Seite neu.",

  offline:
    "Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.",
  timeout: "Der Server hat nicht rechtzeitig geantwortet. Versuchen Sie es in einer Weile erneut.",
  unreadable: "Diese Seite kann die Antwort des Servers nicht lesen. Laden Sie die Seite neu.",
  csrf: "Diese Seite ist veraltet. Laden Sie sie neu und versuchen Sie es erneut.",
  no_account: "Das Formular von StackOne hat nicht gesagt, welches Konto es verbunden hat.",
  hub_missing:
    "Das Formular von StackOne konnte nicht geladen werden. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.",
  unknown: "Bei uns ist etwas schiefgegangen. Versuchen Sie es in einer Weile erneut.",
  wait: "Bitte warten Sie {time}.",
};
