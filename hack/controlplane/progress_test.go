// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
)

func TestAnnounceRepeatsUntilDone(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	buffer := gbytes.NewBuffer()

	done := announceEvery(buffer, "building", time.Millisecond)

	g.Eventually(buffer).Should(gbytes.Say(`building\n`))
	g.Eventually(buffer).Should(gbytes.Say(`building, \d+s so far\n`))
	done()
	written := len(buffer.Contents())
	g.Consistently(func() int { return len(buffer.Contents()) }, 20*time.Millisecond).Should(Equal(written))
}
