// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"encoding/json"
	"fmt"
	"strings"
)

// valuesTable returns a Markdown table of the values.
func valuesTable(values []value) (string, error) {
	var written strings.Builder
	written.WriteString("| Value | Default | Meaning |\n| --- | --- | --- |\n")
	for _, value := range values {
		byDefault, err := defaultText(value.byDefault)
		if err != nil {
			return "", fmt.Errorf("encode the default of %s: %w", value.path, err)
		}
		fmt.Fprintf(&written, "| `%s` | %s | %s |\n", value.path, byDefault, strings.ReplaceAll(value.meaning, "|", `\|`))
	}
	return written.String(), nil
}

// longestDefault is the maximum length of a default in the table.
const longestDefault = 100

func defaultText(byDefault any) (string, error) {
	encoded, err := json.Marshal(byDefault)
	switch {
	case err != nil:
		return "", err
	case string(encoded) == `""`:
		return "empty", nil
	case len(encoded) > longestDefault:
		return "see `values.yaml`", nil
	}
	return "`" + strings.Trim(string(encoded), `"`) + "`", nil
}
