// SPDX-License-Identifier: Apache-2.0

package shard

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/cache"

	"cloudrecording.dev/operator/api/v1alpha1"
)

func shardName(t *testing.T, namespaces, selector string) string {
	t.Helper()
	shard, err := Parse(namespaces, selector)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return shard.Name()
}

func TestShardOfAllRecordingsHasNoName(t *testing.T) {
	g := NewWithT(t)
	g.Expect(shardName(t, "", "")).To(BeEmpty())
	g.Expect(shardName(t, " , ", " ")).To(BeEmpty())
	g.Expect(Shard{}.Name()).To(BeEmpty())
}

func TestReplicasOfAShardAgreeOnItsName(t *testing.T) {
	g := NewWithT(t)
	g.Expect(shardName(t, "b, a,a", "x=1,y!=2")).To(Equal(shardName(t, "a,b", "y!=2, x = 1")))
}

func TestShardsHaveNamesOfTheirOwn(t *testing.T) {
	g := NewWithT(t)
	seen := map[string]bool{}
	for _, restrictions := range [][2]string{{"a", ""}, {"b", ""}, {"a,b", ""}, {"", "a"}, {"", "!a"}, {"a", "a"}} {
		name := shardName(t, restrictions[0], restrictions[1])
		g.Expect(name).To(MatchRegexp("^[0-9a-f]{10}$"))
		g.Expect(seen).NotTo(HaveKey(name))
		seen[name] = true
	}
}

func TestShardThatCannotBe(t *testing.T) {
	g := NewWithT(t)
	_, err := Parse("A_b", "")
	g.Expect(err).To(MatchError(ContainSubstring(`"A_b" cannot be a namespace`)))
	_, err = Parse("", "a==b==c")
	g.Expect(err).To(MatchError(ContainSubstring("cannot be a label selector")))
}

func TestShardRestrictsWhatIsWatched(t *testing.T) {
	g := NewWithT(t)
	shard, err := Parse("a,b", "x=1")
	g.Expect(err).NotTo(HaveOccurred())
	options := shard.Restrict(cache.Options{})
	g.Expect(options.DefaultNamespaces).To(And(HaveLen(2), HaveKey("a"), HaveKey("b")))
	g.Expect(options.ByObject).To(HaveLen(1))
	for object, restricted := range options.ByObject {
		g.Expect(object).To(BeAssignableToTypeOf(&v1alpha1.CloudRecording{}))
		g.Expect(restricted.Label.String()).To(Equal("x=1"))
	}
	g.Expect(Shard{}.Restrict(cache.Options{}).ByObject).To(BeEmpty())
}

func TestShardMatchesByLabels(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	even := Shard{namespaces: []string{"a", "b"}, selector: labels.SelectorFromSet(labels.Set{"shard": "even"})}
	g.Expect(even.SelectsByLabels()).To(BeTrue())
	g.Expect(Shard{namespaces: []string{"a"}}.SelectsByLabels()).To(BeFalse())
	g.Expect(Shard{}.Matches(&v1alpha1.CloudRecording{})).To(BeTrue())
	g.Expect(even.Matches(&v1alpha1.CloudRecording{})).To(BeFalse())
	g.Expect(even.Matches(&v1alpha1.CloudRecording{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"shard": "even"}}})).To(BeTrue())
	g.Expect(even.NamespaceScopes()).To(HaveLen(2))
	g.Expect(Shard{selector: even.selector}.NamespaceScopes()).To(HaveLen(1))
}
