// Sends the sign-in request on. Without script the person presses the button.
const form = document.querySelector("form[data-continue]");
if (form instanceof HTMLFormElement) HTMLFormElement.prototype.submit.call(form);
