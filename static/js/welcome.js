// The set-up token comes in the address's fragment, which no server or log ever sees.

const token = new URLSearchParams(location.hash.slice(1)).get("token");
const field = document.getElementById("id_token");

if (token) {
  field.value = token;
  document.getElementById("token-field").hidden = true;
  document.getElementById("id_username").focus();
  history.replaceState(null, "", location.pathname);
}
