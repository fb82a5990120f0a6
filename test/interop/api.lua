-- Whoever names a user is that user; nobody in particular otherwise.
function may_connect(request)
  return {allow = true, user = request.params.user}
end
