// SPDX-License-Identifier: Apache-2.0

package capacity

import (
	"fmt"
	"testing"
)

// waitingRecordings is as many recordings as one operator has.
const waitingRecordings = 10_000

// BenchmarkEnd measures the cost of the end of a recording while many others wait.
func BenchmarkEnd(b *testing.B) {
	for name, c := range map[string]struct {
		limit int
		// opensIn is the number of minutes until the recordings should start.
		opensIn int
	}{
		"whose time has not come":               {0, 60},
		"whose time has not come, with a limit": {waitingRecordings, 60},
		"that were told":                        {0, 0},
		"that were told, with a limit":          {waitingRecordings, 0},
		"for one place":                         {1, 0},
	} {
		b.Run(name, func(b *testing.B) {
			f := newFixture(b, c.limit)
			for i := range waitingRecordings {
				f.Note(school, request(fmt.Sprintf("waits-%d", i), -c.opensIn), 0, true)
			}
			f.due()
			ends := request("ends", 0)
			for b.Loop() {
				f.Note(school, ends, 1, false)
				f.Note(school, ends, 0, false)
			}
		})
	}
}
