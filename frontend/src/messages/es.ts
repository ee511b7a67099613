import type { Catalogue } from "./en.js";

export const es: Catalogue = {
  connect: "Conectar",
  cancel: "Cancelar",
  done: "Listo",
  try_again: "Intentar de nuevo",
  check_again: "Comprobar de nuevo",
  start_again: "Empezar de nuevo",
  reload: "Recargar la página",
  sign_in: "Volver a iniciar sesión",
  open_page: "Abrir la página de StackOne",

  title_any: "Conectar una cuenta",
  title_connect: "Conectar {name}",
  title_reconnect: "Volver a conectar {name}",
  title_another: "Añadir otra cuenta de {name}",

  asking: "Solicitando una sesión a StackOne…",
  asking_still: "StackOne aún no ha respondido. Puede tardar unos segundos más.",
  loading_form: "Cargando el formulario…",
  loading_form_still: "El formulario aún se está cargando. Su conexión parece lenta.",
  checking: "Comprobando con StackOne…",
  ends_soon: "Esta sesión termina pronto. Una nueva empieza con un formulario vacío.",
  ended: "Esta sesión ha terminado. Una nueva empieza con un formulario vacío.",
  refused: "StackOne ha terminado esta sesión antes de tiempo. Una nueva empieza con un formulario vacío.",

  hosted: "La página de StackOne se abre en una pestaña nueva. Vuelva aquí cuando haya terminado.",
  hosted_missing:
    "No se ha podido cargar el formulario de StackOne. Su propia página, en una pestaña nueva, sirve para lo mismo.",
  hosted_crashed:
    "El formulario de StackOne ha dejado de funcionar. Su propia página, en una pestaña nueva, sirve para lo mismo.",
  hosted_modal:
    "El formulario de StackOne no funciona en este diálogo. Su propia página se abre en una pestaña nueva.",

  exists_one: "{name} ya está conectado. ¿Quiere actualizar esa cuenta?",
  exists_many: "{name} ya está conectado. ¿Qué cuenta quiere actualizar?",
  exists_one_or_add: "{name} ya está conectado. ¿Actualizar esa cuenta o añadir otra?",
  exists_many_or_add: "{name} ya está conectado. ¿Actualizar una de estas cuentas o añadir otra?",
  update: "Actualizar {name}",
  add_another: "Añadir otra",
  label: "Nombre de la otra cuenta",
  label_help: "Para distinguirla de la primera, por ejemplo «Nóminas España».",
  at_stake: "Ya conectadas: {names}. Si elige aquí una de ellas, se sustituyen sus credenciales.",
  and_more: "{count} más",

  path_create: "Se añade una cuenta nueva.",
  path_update: "Se actualiza la cuenta que ya tiene.",
  path_multiple: "Se añade otra cuenta y las existentes quedan como están.",
  path_undetermined: "Según el sistema que elija, se añade o se actualiza una cuenta.",

  outcome_create: "{name} está conectado.",
  outcome_update: "{name} está actualizado.",
  outcome_multiple: "Otra cuenta de {name} está conectada.",
  outcome_reconnect: "{name} vuelve a estar conectado.",
  outcome_unknown: "{name} está confirmado.",
  unconfirmed: "StackOne aún no ha confirmado ningún cambio.",

  the_account: "La cuenta",
  name_label: "{name} ({label})",
  name_since: "{name} (conectado el {date})",

  window_closed: "La ventana del proveedor se ha cerrado, así que no se ha conectado nada.",
  window_lost: "Si ha cerrado la ventana del proveedor, no se ha conectado nada.",
  window_blocked:
    "Su navegador ha bloqueado la ventana del proveedor. Permita las ventanas emergentes en esta página.",
  window_denied:
    "No se ha concedido el acceso en la ventana del proveedor, así que no se ha conectado nada.",
  window_refused: "El proveedor ha rechazado la conexión ({code}), así que no se ha conectado nada.",
  window_cancelled: "La conexión se ha cancelado, así que no se ha conectado nada.",
  window_timed_out:
    "La ventana del proveedor ha estado abierta demasiado tiempo, así que no se ha conectado nada.",

  invalid: "Esa opción no se acepta aquí.",
  not_authenticated: "Se ha cerrado su sesión.",
  permission_denied: "No tiene permiso para hacer esto. Consulte a su administrador.",
  no_organization: "No pertenece a ninguna organización. Pida a su administrador que le añada.",
  not_found: "Esta sesión ya no existe. Empiece una nueva.",
  account_not_found: "Esa cuenta ya no está vinculada a su organización.",
  conflict: "Esa cuenta no corresponde a esta sesión. Empiece una nueva.",
  throttled: "Han sido muchos intentos en poco tiempo.",
  stackone_rejected: "StackOne no acepta esta opción. Elija otro sistema.",
  stackone_misconfigured:
    "La conexión no está bien configurada por nuestra parte. Tenemos que corregirlo; avise al servicio de asistencia.",
  stackone_bad_answer:
    "No podemos utilizar la respuesta de StackOne. Inténtelo de nuevo dentro de un rato.",
  stackone_rate_limited: "StackOne está saturado.",
  stackone_unavailable: "No se puede acceder a StackOne en este momento.",
  unavailable: "El servidor está saturado.",
  abandoned: "El servidor se detuvo antes de que StackOne respondiera.",
  method_not_allowed: "Esta página y el servidor no son compatibles. Recargue la página.",
  not_acceptable: "Esta página y el servidor no son compatibles. Recargue la página.",
  unsupported_media_type: "Esta página y el servidor no son compatibles. Recargue la página.",

  offline: "No se puede acceder al servidor. Compruebe su conexión e inténtelo de nuevo.",
  timeout: "El servidor no ha respondido a tiempo. Inténtelo de nuevo dentro de un rato.",
  unreadable: "Esta página no puede leer la respuesta del servidor. Recargue la página.",
  csrf: "Esta página está desactualizada. Recárguela e inténtelo de nuevo.",
  no_account: "El formulario de StackOne no ha indicado qué cuenta ha conectado.",
  hub_missing:
    "No se ha podido cargar el formulario de StackOne. Compruebe su conexión e inténtelo de nuevo.",
  unknown: "Algo ha fallado por nuestra parte. Inténtelo de nuevo dentro de un rato.",
  wait: "Espere {time}.",
};
