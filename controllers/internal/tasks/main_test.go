// SPDX-License-Identifier: Apache-2.0

package tasks

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// TestMain lets tests wait for as long as a loaded machine may take.
func TestMain(m *testing.M) {
	SetDefaultEventuallyTimeout(time.Minute)
	m.Run()
}
