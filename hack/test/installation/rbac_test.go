// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"testing"

	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

func TestNoRuleHasAWildcard(t *testing.T) {
	objects := render(t, configDir("default"))
	rules := map[string][]rbacv1.PolicyRule{}
	for _, role := range find[rbacv1.ClusterRole](t, objects, "ClusterRole") {
		rules[role.Name] = role.Rules
	}
	for _, role := range find[rbacv1.Role](t, objects, "Role") {
		rules[role.Name] = role.Rules
	}
	for name, rules := range rules {
		for _, rule := range rules {
			g := NewWithT(t)
			for _, list := range [][]string{rule.APIGroups, rule.Resources, rule.Verbs, rule.NonResourceURLs} {
				g.Expect(list).NotTo(ContainElement(ContainSubstring("*")), name)
			}
			g.Expect(rule.Verbs).NotTo(ContainElement(BeElementOf("escalate", "bind", "impersonate")), name)
		}
	}
}

// access is an operation that a user may or may not perform.
type access struct {
	verb, group, resource, subresource, namespace, name string
}

// TestOperatorsRights asks the API server for the operator's permissions.
func TestOperatorsRights(t *testing.T) {
	const recordings, profiles, schedules = "cloudrecordings", "cloudrecordingprofiles", "cloudrecordingschedules"
	group := v1alpha1.GroupVersion.Group
	may := []access{
		{verb: "get", resource: "secrets", namespace: "default"},
		{verb: "list", resource: "secrets"},
		{verb: "watch", resource: "secrets"},
		{verb: "patch", resource: "secrets", namespace: "default"},
		{verb: "get", group: group, resource: recordings, namespace: "default"},
		{verb: "list", group: group, resource: recordings},
		{verb: "watch", group: group, resource: recordings},
		{verb: "patch", group: group, resource: recordings, namespace: "default"},
		{verb: "patch", group: group, resource: recordings, subresource: "status", namespace: "default"},
		{verb: "delete", group: group, resource: recordings, namespace: "default"},
		{verb: "list", group: group, resource: profiles},
		{verb: "watch", group: group, resource: profiles},
		{verb: "patch", group: group, resource: profiles, subresource: "status", namespace: "default"},
		{verb: "create", group: group, resource: recordings, namespace: "default"},
		{verb: "list", group: group, resource: schedules},
		{verb: "watch", group: group, resource: schedules},
		{verb: "patch", group: group, resource: schedules, subresource: "status", namespace: "default"},
		{verb: "create", group: "events.k8s.io", resource: "events", namespace: "default"},
		{verb: "create", group: "coordination.k8s.io", resource: "leases", namespace: namespace},
		{verb: "get", group: "coordination.k8s.io", resource: "leases", namespace: namespace, name: "cloudrecording-operator"},
		{verb: "update", group: "coordination.k8s.io", resource: "leases", namespace: namespace, name: "cloudrecording-operator"},
		{verb: "update", group: "coordination.k8s.io", resource: "leases", namespace: namespace, name: "cloudrecording-operator-of-a-shard"},
		{verb: "create", resource: "events", namespace: namespace},
		{verb: "create", resource: "configmaps", namespace: namespace},
		{verb: "list", resource: "configmaps", namespace: namespace},
		{verb: "watch", resource: "configmaps", namespace: namespace},
		{verb: "delete", resource: "configmaps", namespace: namespace},
		{verb: "patch", resource: "configmaps", namespace: namespace, name: v1alpha1.UnownedConfigMapName},
		{verb: "create", group: "events.k8s.io", resource: "events", namespace: namespace},
		{verb: "create", group: "authentication.k8s.io", resource: "tokenreviews"},
		{verb: "create", group: "authorization.k8s.io", resource: "subjectaccessreviews"},
	}
	mayNot := []access{
		{verb: "create", resource: "secrets", namespace: "default"},
		{verb: "update", resource: "secrets", namespace: "default"},
		{verb: "delete", resource: "secrets", namespace: "default"},
		{verb: "create", resource: "secrets", namespace: namespace},
		{verb: "patch", group: group, resource: schedules, namespace: "default"},
		{verb: "create", group: group, resource: schedules, namespace: "default"},
		{verb: "deletecollection", group: group, resource: recordings, namespace: "default"},
		{verb: "patch", group: group, resource: profiles, namespace: "default"},
		{verb: "update", group: group, resource: recordings, namespace: "default"},
		{verb: "delete", group: "coordination.k8s.io", resource: "leases", namespace: namespace, name: "cloudrecording-operator"},
		{verb: "update", group: "coordination.k8s.io", resource: "leases", namespace: "kube-system", name: "kube-scheduler"},
		{verb: "create", group: "coordination.k8s.io", resource: "leases", namespace: "default"},
		{verb: "patch", resource: "configmaps", namespace: namespace},
		{verb: "patch", resource: "configmaps", namespace: namespace, name: "another"},
		{verb: "list", resource: "configmaps", namespace: "default"},
		{verb: "create", resource: "configmaps", namespace: "default"},
		{verb: "get", resource: "pods", namespace: namespace},
		{verb: "create", resource: "pods", namespace: namespace},
		{verb: "create", resource: "serviceaccounts", subresource: "token", namespace: namespace},
		{verb: "impersonate", resource: "users"},
		{verb: "patch", group: "admissionregistration.k8s.io", resource: "validatingadmissionpolicies"},
		{verb: "delete", group: "admissionregistration.k8s.io", resource: "validatingadmissionpolicybindings"},
		{verb: "patch", group: "apiextensions.k8s.io", resource: "customresourcedefinitions"},
		{verb: "create", group: "rbac.authorization.k8s.io", resource: "clusterrolebindings"},
	}
	for _, wanted := range may {
		g := NewWithT(t)
		g.Expect(allowed(g, t, wanted)).To(BeTrue(), "%+v", wanted)
	}
	for _, unwanted := range mayNot {
		g := NewWithT(t)
		g.Expect(allowed(g, t, unwanted)).To(BeFalse(), "%+v", unwanted)
	}
}

func allowed(g *WithT, t *testing.T, a access) bool {
	t.Helper()
	return isAllowed(g, t, installed.admin, operatorUser, a)
}

func isAllowed(g *WithT, t *testing.T, admin client.Client, user string, a access) bool {
	t.Helper()
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user,
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: a.verb, Group: a.group, Resource: a.resource, Subresource: a.subresource, Namespace: a.namespace, Name: a.name,
		},
	}}
	g.Expect(admin.Create(t.Context(), review)).To(Succeed())
	return review.Status.Allowed
}

func TestOperatorReads(t *testing.T) {
	g := NewWithT(t)
	operator, err := newClientAs(operatorUser)
	g.Expect(err).NotTo(HaveOccurred())
	ns := newNamespace(t)
	secret := newSecret(t, ns)
	recording := &v1alpha1.CloudRecording{Spec: v1alpha1.CloudRecordingSpec{
		AppID: "app", CName: "lesson", UID: "1", Mode: v1alpha1.MixMode, ResourceID: "resource", SID: "sid",
		CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: secret.Name},
	}}
	recording.Namespace, recording.Name = ns, "lesson"
	g.Expect(installed.admin.Create(t.Context(), recording)).To(Succeed())

	g.Expect(operator.Get(t.Context(), client.ObjectKeyFromObject(secret), secret)).To(Succeed())
	g.Expect(operator.Get(t.Context(), client.ObjectKeyFromObject(recording), recording)).To(Succeed())
	who := &authenticationv1.SelfSubjectReview{}
	g.Expect(operator.Create(t.Context(), who)).To(Succeed())
	g.Expect(who.Status.UserInfo.Username).To(Equal(operatorUser))
}

// TestOperatorCreatesNoSecretByApplying holds because the API server requires the permission to
// create from a client that applies an object that does not exist.
func TestOperatorCreatesNoSecretByApplying(t *testing.T) {
	g := NewWithT(t)
	operator, err := newClientAs(operatorUser)
	g.Expect(err).NotTo(HaveOccurred())
	secret := corev1apply.Secret("applied", newNamespace(t)).WithFinalizers(v1alpha1.InUseFinalizer)
	g.Expect(operator.Apply(t.Context(), secret, client.FieldOwner("test"))).
		To(MatchError(ContainSubstring(`cannot create resource "secrets"`)))
}

// TestPeoplesRoles reads the roles, because only a complete cluster aggregates them.
func TestPeoplesRoles(t *testing.T) {
	roles := map[string]rbacv1.ClusterRole{}
	for _, role := range find[rbacv1.ClusterRole](t, render(t, configDir("default")), "ClusterRole") {
		roles[role.Name] = role
	}
	for name, expected := range map[string]struct {
		kind   string
		label  string
		verbs  []string
		status []string
	}{
		"cloudrecording-viewer-role": {
			"cloudrecordings", "view", []string{"get", "list", "watch"}, []string{"get", "list", "watch"},
		},
		"cloudrecording-editor-role": {
			"cloudrecordings", "edit", []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}, []string{"get"},
		},
		"cloudrecording-status-editor-role": {
			"cloudrecordings", "", []string{"get", "list", "watch"}, []string{"get", "patch", "update"},
		},
		"cloudrecordingprofile-viewer-role": {
			"cloudrecordingprofiles", "view", []string{"get", "list", "watch"}, []string{"get", "list", "watch"},
		},
		"cloudrecordingprofile-editor-role": {
			"cloudrecordingprofiles", "admin", []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}, []string{"get"},
		},
		"cloudrecordingschedule-viewer-role": {
			"cloudrecordingschedules", "view", []string{"get", "list", "watch"}, []string{"get", "list", "watch"},
		},
		"cloudrecordingschedule-editor-role": {
			"cloudrecordingschedules", "edit", []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}, []string{"get"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			role := roles[name]
			if expected.label == "" {
				g.Expect(role.Labels).NotTo(HaveKey(HavePrefix("rbac.authorization.k8s.io/aggregate-to-")))
			} else {
				g.Expect(role.Labels).To(HaveKeyWithValue("rbac.authorization.k8s.io/aggregate-to-"+expected.label, "true"))
			}
			verbs := map[string][]string{}
			for _, rule := range role.Rules {
				g.Expect(rule.APIGroups).To(ConsistOf(v1alpha1.GroupVersion.Group))
				for _, resource := range rule.Resources {
					verbs[resource] = append(verbs[resource], rule.Verbs...)
				}
			}
			g.Expect(verbs).To(HaveLen(2))
			g.Expect(verbs[expected.kind]).To(ConsistOf(expected.verbs))
			g.Expect(verbs[expected.kind+"/status"]).To(ConsistOf(expected.status))
		})
	}
}

// TestWhoMaySeeWhatNobodyHas asks the API server for the permissions of the role.
func TestWhoMaySeeWhatNobodyHas(t *testing.T) {
	g := NewWithT(t)
	const person = "accountant"
	binding := &rbacv1.RoleBinding{
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "cloudrecording-unowned-viewer-role"},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: person}},
	}
	binding.Namespace, binding.Name = namespace, person
	g.Expect(installed.admin.Create(t.Context(), binding)).To(Succeed())
	may := func(a access) func() bool {
		return func() bool { return isAllowed(g, t, installed.admin, person, a) }
	}
	seen := access{verb: "get", resource: "configmaps", namespace: namespace, name: v1alpha1.UnownedConfigMapName}
	g.Eventually(may(seen), policyTimeout).Should(BeTrue())
	for _, unwanted := range []access{
		{verb: "get", resource: "configmaps", namespace: namespace, name: "another"},
		{verb: "list", resource: "configmaps", namespace: namespace},
		{verb: "patch", resource: "configmaps", namespace: namespace, name: v1alpha1.UnownedConfigMapName},
	} {
		g.Expect(may(unwanted)()).To(BeFalse(), "%+v", unwanted)
	}
}
