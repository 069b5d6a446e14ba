// Hides the questions of a form that do not apply to what was answered before them. Without it all are shown, each with
// its condition in words; what does not apply is not looked at when it is sent.

"use strict";

for (const form of document.querySelectorAll("form.form")) {
  const questions = [...form.querySelectorAll(".question[data-if]")];
  if (!questions.length) continue;
  const said = (name) => {
    const values = [];
    for (const control of form.elements) {
      if (control.name !== name || control.closest(".question[hidden]")) continue;
      if (["radio", "checkbox"].includes(control.type) && !control.checked) continue;
      values.push(control.value);
    }
    return values;
  };
  const show = () => {
    // In their order: a question that is hidden answers nothing to those after it.
    for (const question of questions) {
      const wanted = question.dataset.values.split(" ");
      question.hidden = !said(question.dataset.if).some((value) => wanted.includes(value));
    }
  };
  form.addEventListener("change", show);
  show();
}
