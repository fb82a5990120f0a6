// QueryParams: the connect params in a URL's query, nested as Plug nests them:
//
//   room=a&user[id]=7&tags[]=x&tags[]=y
//   {"room": "a", "tags": ["x", "y"], "user": {"id": "7"}}
//
// `+` is a space; what looks like no percent-encoding stands for itself; a name
// without `=` has the empty value; where a name comes twice, the later one
// counts. The bytes are a client's: an error is a value.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace roost::net {

/// `a[b][c]` is three levels. Plug knows no bound; hooks are spared the surprise.
inline constexpr unsigned query_levels_max = 16;

class QueryParams {
 public:
  QueryParams();
  QueryParams(QueryParams&&) noexcept;
  QueryParams& operator=(QueryParams&&) noexcept;
  ~QueryParams();

  /// `query` is what stands after the `?`. Its length is the HTTP head's to bound.
  static Result<QueryParams> parse(std::string_view query);

  /// True where there is a value of whatever kind.
  bool has(std::string_view name) const;
  /// The value of a top-level name, where it is a string and not a map or list.
  std::optional<std::string> param(std::string_view name) const;
  /// All of them as a JSON object, in the order of their names.
  std::string params_json() const;

 private:
  struct Level;
  struct Value;
  std::unique_ptr<Level> root_;
};

/// All values of a name as it stands, in their order: for what is no connect param.
std::vector<std::string> query_values(std::string_view query, std::string_view name);

}  // namespace roost::net
