// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"fmt"
	"os/exec"
)

// Promtool runs promtool. If it fails, the error contains its output. The tool is built without
// service discovery, which is most of it.
func Promtool(ctx context.Context, root string, arguments ...string) error {
	program := exec.CommandContext(ctx, "go", append([]string{
		"run", "-tags", "remove_all_sd", "github.com/prometheus/prometheus/cmd/promtool",
	}, arguments...)...)
	program.Dir = tools(root)
	if output, err := program.CombinedOutput(); err != nil {
		return fmt.Errorf("run promtool: %w\n%s", err, output)
	}
	return nil
}
