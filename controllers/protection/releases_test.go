// SPDX-License-Identifier: Apache-2.0

package protection

import (
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
)

func TestFinalizerThatIsBeingRemovedDoesNotCount(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	name := types.NamespacedName{Namespace: "school", Name: "token"}
	var releases Releases
	g.Expect(releases.Concerns(name, "5")).To(BeFalse())
	releases.begin(name)
	g.Expect(releases.Concerns(name, "5")).To(BeTrue())
	releases.removed(name, "7")
	g.Expect(releases.Concerns(name, "5")).To(BeTrue(), "the cache lags behind")
	g.Expect(releases.Concerns(name, "8")).To(BeFalse(), "it was added again")
	releases.begin(name)
	releases.drop(name)
	g.Expect(releases.Concerns(name, "5")).To(BeFalse())
}
