// Draws the description of the interface. A file of its own: no page of ours runs inline code.
"use strict";

window.SwaggerUIBundle({
  dom_id: "#interface",
  url: "/openapi.json",
  deepLinking: true,
  // What somebody tries out goes to this installation, and nothing to anybody else's validator.
  validatorUrl: null,
  // A key that was typed is forgotten with the page.
  persistAuthorization: false,
});
