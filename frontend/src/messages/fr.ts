import type { Catalogue } from "./en.js";

export const fr: Catalogue = {
  connect: "Connecter",
  cancel: "Annuler",
  done: "Terminé",
  try_again: "Réessayer",
  check_again: "Vérifier à nouveau",
  start_again: "Recommencer",
  reload: "Recharger la page",
  sign_in: "Se reconnecter",
  open_page: "Ouvrir la page de StackOne",

  title_any: "Connecter un compte",
  title_connect: "Connecter {name}",
  title_reconnect: "Reconnecter {name}",
  title_another: "Ajouter un autre compte {name}",

  asking: "Demande d’une session à StackOne…",
  asking_still: "StackOne n’a pas encore répondu. Cela peut prendre encore quelques secondes.",
  loading_form: "Chargement du formulaire…",
  loading_form_still: "Le formulaire se charge encore. Votre connexion semble lente.",
  checking: "Vérification auprès de StackOne…",
  ends_soon: "Cette session se termine bientôt. Une nouvelle commence par un formulaire vide.",
  ended: "Cette session est terminée. Une nouvelle commence par un formulaire vide.",
  refused: "StackOne a mis fin à cette session plus tôt. Une nouvelle commence par un formulaire vide.",

  hosted: "La page de StackOne s’ouvre dans un nouvel onglet. Revenez ici quand vous aurez terminé.",
  hosted_missing:
    "Le formulaire de StackOne n’a pas pu être chargé. La page de StackOne, dans un nouvel onglet, permet la même chose.",
  hosted_crashed:
    "Le formulaire de StackOne ne fonctionne plus. La page de StackOne, dans un nouvel onglet, permet la même chose.",
  hosted_modal:
    "Le formulaire de StackOne ne fonctionne pas dans cette boîte de dialogue. La page de StackOne s’ouvre dans un nouvel onglet.",

  exists_one: "{name} est déjà connecté. Voulez-vous mettre ce compte à jour ?",
  exists_many: "{name} est déjà connecté. Quel compte voulez-vous mettre à jour ?",
  exists_one_or_add: "{name} est déjà connecté. Mettre ce compte à jour ou en ajouter un autre ?",
  exists_many_or_add:
    "{name} est déjà connecté. Mettre l’un de ces comptes à jour ou en ajouter un autre ?",
  update: "Mettre à jour {name}",
  add_another: "En ajouter un autre",
  label: "Nom de l’autre compte",
  label_help: "Pour le distinguer du premier, par exemple « Paie France ».",
  at_stake:
    "Déjà connectés : {names}. Si vous en choisissez un ici, ses identifiants sont remplacés.",
  and_more: "{count} de plus",

  path_create: "Un nouveau compte est ajouté.",
  path_update: "Le compte que vous avez déjà est mis à jour.",
  path_multiple: "Un autre compte est ajouté ; les comptes existants restent tels quels.",
  path_undetermined: "Selon le système choisi, un compte est ajouté ou mis à jour.",

  outcome_create: "{name} est connecté.",
  outcome_update: "{name} est mis à jour.",
  outcome_multiple: "Un autre compte {name} est connecté.",
  outcome_reconnect: "{name} est de nouveau connecté.",
  outcome_unknown: "{name} est confirmé.",
  unconfirmed: "StackOne n’a pas encore confirmé de changement.",

  the_account: "Le compte",
  name_label: "{name} ({label})",
  name_since: "{name} (connecté le {date})",

  window_closed: "La fenêtre du fournisseur a été fermée : rien n’a été connecté.",
  window_lost: "Si vous avez fermé la fenêtre du fournisseur, rien n’a été connecté.",
  window_blocked:
    "Votre navigateur a bloqué la fenêtre du fournisseur. Autorisez les fenêtres pop-up pour cette page.",
  window_denied: "L’accès n’a pas été accordé dans la fenêtre du fournisseur : rien n’a été connecté.",
  window_refused: "Le fournisseur a refusé la connexion ({code}) : rien n’a été connecté.",
  window_cancelled: "La connexion a été annulée : rien n’a été connecté.",
  window_timed_out: "La fenêtre du fournisseur est restée ouverte trop longtemps : rien n’a été connecté.",

  invalid: "Ce choix n’est pas accepté ici.",
  not_authenticated: "Vous avez été déconnecté.",
  permission_denied: "Vous n’avez pas l’autorisation. Adressez-vous à votre administrateur.",
  no_organization:
    "Vous ne faites partie d’aucune organisation. Demandez à votre administrateur de vous ajouter.",
  not_found: "Cette session n’existe plus. Commencez-en une nouvelle.",
  account_not_found: "Ce compte n’est plus lié à votre organisation.",
  conflict: "Ce compte ne correspond pas à cette session. Commencez-en une nouvelle.",
  throttled: "Cela fait beaucoup de tentatives en peu de temps.",
  stackone_rejected: "StackOne n’accepte pas ce choix. Choisissez un autre système.",
  stackone_misconfigured:
    "La connexion n’est pas correctement configurée de notre côté. C’est à nous de corriger cela ; veuillez prévenir l’assistance.",
  stackone_bad_answer: "Nous ne pouvons pas utiliser la réponse de StackOne. Réessayez dans un moment.",
  stackone_rate_limited: "StackOne est très sollicité.",
  stackone_unavailable: "StackOne est injoignable pour le moment.",
  unavailable: "Le serveur est très sollicité.",
  abandoned: "Le serveur a été arrêté avant la réponse de StackOne.",
  method_not_allowed: "Cette page et le serveur ne correspondent pas. Rechargez la page.",
  not_acceptable: "Cette page et le serveur ne correspondent pas. Rechargez la page.",
  unsupported_media_type: "Cette page et le serveur ne correspondent pas. Rechargez la page.",

  offline: "Le serveur est injoignable. Vérifiez votre connexion et réessayez.",
  timeout: "Le serveur n’a pas répondu à temps. Réessayez dans un moment.",
  unreadable: "Cette page ne peut pas lire la réponse du serveur. Rechargez la page.",
  csrf: "Cette page n’est plus à jour. Rechargez-la et réessayez.",
  no_account: "Le formulaire de StackOne n’a pas indiqué quel compte il a connecté.",
  hub_missing:
    "Le formulaire de StackOne n’a pas pu être chargé. Vérifiez votre connexion et réessayez.",
  unknown: "Une erreur s’est produite de notre côté. Réessayez dans un moment.",
  wait: "Veuillez patienter {time}.",
};
