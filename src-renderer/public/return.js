// A window that was loaded again has its token in this tab's storage and not in the address bar.
const token = sessionStorage.getItem('halolaw-token')
const tried = new URLSearchParams(location.search).has('token')
if (token && !tried) location.replace(`/?token=${encodeURIComponent(token)}`)
