// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"bytes"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestLogsKeepEachProcessesEnd(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	var all bytes.Buffer
	l := NewLogs(&all)

	_, err := l.Process("etcd").Write([]byte(strings.Repeat("x", tailSize) + "end"))
	g.Expect(err).NotTo(HaveOccurred())
	_, err = l.Process("kube-apiserver").Write([]byte("other"))
	g.Expect(err).NotTo(HaveOccurred())

	g.Expect(l.Tail("etcd")).To(And(HaveLen(tailSize), HaveSuffix("xend")))
	g.Expect(l.Tail("kube-apiserver")).To(Equal("other"))
	g.Expect(all.Len()).To(Equal(tailSize + len("endother")))
}
