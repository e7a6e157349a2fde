// The documentation of the API, drawn by Swagger UI from the schema. A script of its own: the CSP allows no inline one.
const place = document.getElementById("api-docs");

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  // A key stays in this page's memory only.
  persistAuthorization: false,
  validatorUrl: null,
});
