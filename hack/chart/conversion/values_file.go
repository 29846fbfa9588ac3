// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"
)

const (
	license = "# SPDX-License-Identifier: Apache-2.0\n"

	generatedNotice = "# Generated from config by make chart. Edit config, or hack/chart.\n"

	// lineWidth is the maximum length of a comment in values.yaml.
	lineWidth = 100
)

// valuesFile returns values.yaml. A comment before each value describes it.
func valuesFile(values []value) (string, error) {
	var written strings.Builder
	written.WriteString(license + generatedNotice)
	var before []string
	for _, value := range values {
		sections := strings.Split(value.path, ".")
		field := sections[len(sections)-1]
		sections = sections[:len(sections)-1]
		shared := commonPrefix(before, sections)
		if len(sections) == 0 || shared < len(sections) {
			written.WriteString("\n")
		}
		for depth := shared; depth < len(sections); depth++ {
			written.WriteString(strings.Repeat("  ", depth) + sections[depth] + ":\n")
		}
		before = sections
		indent := strings.Repeat("  ", len(sections))
		for _, line := range wrap(value.meaning, lineWidth-len(indent)-2) {
			written.WriteString(indent + "# " + line + "\n")
		}
		encoded, err := yaml.Marshal(map[string]any{field: value.byDefault})
		if err != nil {
			return "", fmt.Errorf("encode the default of %s: %w", value.path, err)
		}
		written.WriteString(indentText(string(encoded), indent))
	}
	return written.String(), nil
}

func commonPrefix(a, b []string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// wrap breaks a text into lines of a maximum width.
func wrap(text string, width int) []string {
	var lines []string
	var line string
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
