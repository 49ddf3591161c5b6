/* Progress lines: no asking while the tab is hidden, and a spoken word at each quarter only. */
(function(){
"use strict";
var d=document;
d.addEventListener("htmx:beforeRequest",function(e){
 if(d.hidden&&e.target.hasAttribute&&e.target.hasAttribute("data-job"))e.preventDefault();
});
d.addEventListener("htmx:afterSettle",function(){
 var job=d.querySelector("[data-job]"),out=d.querySelector("[data-job-say]");
 if(!job||!out)return;
 var text=job.getAttribute("data-say");
 if(out.textContent!==text)out.textContent=text;
});
})();
