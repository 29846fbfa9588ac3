// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const foreignFinalizer = "example.com/keep"

func newNamespace(t *testing.T) string {
	t.Helper()
	g := NewWithT(t)
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "installation-"}}
	g.Expect(installed.admin.Create(t.Context(), ns)).To(Succeed())
	return ns.Name
}

func newSecret(t *testing.T, ns string) *corev1.Secret {
	t.Helper()
	g := NewWithT(t)
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: ns, GenerateName: "agora-",
			Labels:      map[string]string{"app": "platform"},
			Annotations: map[string]string{"note": "kept"},
			Finalizers:  []string{foreignFinalizer},
		},
		Data: map[string][]byte{v1alpha1.CustomerIDKey: []byte("id"), v1alpha1.CustomerSecretKey: []byte("secret")},
	}
	g.Expect(installed.admin.Create(t.Context(), secret)).To(Succeed())
	return secret
}

// grant grants a user full access to the Secrets of a namespace in RBAC, so that only the
// policy can refuse requests.
func grant(t *testing.T, ns, user string) client.Client {
	t.Helper()
	g := NewWithT(t)
	role := &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, GenerateName: "secrets-"},
		Rules: []rbacv1.PolicyRule{{
			APIGroups: []string{""}, Resources: []string{"secrets"},
			Verbs: []string{"create", "get", "list", "update", "patch", "delete", "deletecollection"},
		}},
	}
	g.Expect(installed.admin.Create(t.Context(), role)).To(Succeed())
	g.Expect(installed.admin.Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: role.Name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	})).To(Succeed())
	granted, err := newClientAs(user)
	g.Expect(err).NotTo(HaveOccurred())
	return granted
}

// denied matches a refusal by the policy, and not one by RBAC.
func denied(by string) OmegaMatcher {
	return And(
		MatchError(apierrors.IsForbidden, "forbidden"),
		MatchError(ContainSubstring(policyName)),
		MatchError(ContainSubstring("the cloud recording operator must not "+by)),
	)
}

func TestOperatorKeepsSecrets(t *testing.T) {
	g := NewWithT(t)
	operator, err := newClientAs(operatorUser)
	g.Expect(err).NotTo(HaveOccurred())
	plain := newSecret(t, newNamespace(t))
	immutable := plain.DeepCopy()
	immutable.Name, immutable.ResourceVersion, immutable.UID = "immutable", "", ""
	immutable.Immutable, immutable.Finalizers = ptr.To(true), nil
	immutable.Labels, immutable.Annotations = nil, nil
	g.Expect(installed.admin.Create(t.Context(), immutable)).To(Succeed())

	// The cost of a policy is limited.
	large, many := newSecret(t, plain.Namespace), newSecret(t, plain.Namespace)
	large.Data["large"] = bytes.Repeat([]byte("x"), 1000*1000)
	for i := range 5000 {
		many.Data[fmt.Sprint("key-", i)] = []byte("x")
	}
	g.Expect(installed.admin.Update(t.Context(), large)).To(Succeed())
	g.Expect(installed.admin.Update(t.Context(), many)).To(Succeed())

	for _, secret := range []*corev1.Secret{plain, immutable, large, many} {
		finalizers := slices.Clone(secret.Finalizers)
		g.Expect(patchMetadata(t, operator, secret, func(m *metav1.PartialObjectMetadata) {
			controllerutil.AddFinalizer(m, v1alpha1.InUseFinalizer)
		})).To(Succeed())
		g.Expect(operator.Get(t.Context(), client.ObjectKeyFromObject(secret), secret)).To(Succeed())
		g.Expect(secret.Finalizers).To(ConsistOf(append(slices.Clone(finalizers), v1alpha1.InUseFinalizer)))

		g.Expect(patchMetadata(t, operator, secret, func(m *metav1.PartialObjectMetadata) {
			controllerutil.RemoveFinalizer(m, v1alpha1.InUseFinalizer)
		})).To(Succeed())
		g.Expect(operator.Get(t.Context(), client.ObjectKeyFromObject(secret), secret)).To(Succeed())
		g.Expect(secret.Finalizers).To(Equal(finalizers))
	}
}

func TestOperatorReleasesASecretBeingDeleted(t *testing.T) {
	g := NewWithT(t)
	operator, err := newClientAs(operatorUser)
	g.Expect(err).NotTo(HaveOccurred())
	secret := newSecret(t, newNamespace(t))
	secret.Finalizers = []string{v1alpha1.InUseFinalizer}
	g.Expect(installed.admin.Update(t.Context(), secret)).To(Succeed())
	g.Expect(installed.admin.Delete(t.Context(), secret)).To(Succeed())
	g.Expect(installed.admin.Get(t.Context(), client.ObjectKeyFromObject(secret), secret)).To(Succeed())

	g.Expect(patchMetadata(t, operator, secret, func(m *metav1.PartialObjectMetadata) { m.Finalizers = nil })).To(Succeed())

	err = installed.admin.Get(t.Context(), client.ObjectKeyFromObject(secret), secret)
	g.Expect(err).To(MatchError(apierrors.IsNotFound, "not found"))
}

// patchMetadata patches as the operator does. Its patches contain only metadata.
func patchMetadata(t *testing.T, c client.Client, secret *corev1.Secret, change func(*metav1.PartialObjectMetadata)) error {
	metadata := &metav1.PartialObjectMetadata{}
	metadata.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(secret), metadata); err != nil {
		return err
	}
	before := metadata.DeepCopy()
	change(metadata)
	return c.Patch(t.Context(), metadata, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
}

func TestOperatorChangesNoOtherFinalizer(t *testing.T) {
	operator, ns := grantedOperator(t)
	for name, finalizers := range map[string][]string{
		"added":                  {foreignFinalizer, "example.com/another"},
		"removed":                nil,
		"renamed":                {"example.com/another"},
		"removed with ours":      {v1alpha1.InUseFinalizer},
		"ours spelled otherwise": {foreignFinalizer, v1alpha1.InUseFinalizer + "2"},
		"ours twice":             {foreignFinalizer, v1alpha1.InUseFinalizer, v1alpha1.InUseFinalizer},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			secret := newSecret(t, ns)
			secret.Finalizers = finalizers
			g.Expect(operator.Update(t.Context(), secret)).To(denied("change a Secret's finalizers other than"))
		})
	}
}

// changes contains a change of every field of a Secret that a client can change, by path.
var changes = map[string]func(*corev1.Secret){
	"data":                     func(s *corev1.Secret) { s.Data[v1alpha1.CustomerSecretKey] = []byte("another") },
	"stringData":               func(s *corev1.Secret) { s.StringData = map[string]string{"more": "data"} },
	"immutable":                func(s *corev1.Secret) { s.Immutable = ptr.To(true) },
	"metadata.labels":          func(s *corev1.Secret) { s.Labels["app"] = "another" },
	"metadata.annotations":     func(s *corev1.Secret) { s.Annotations["note"] = "another" },
	"metadata.generateName":    func(s *corev1.Secret) { s.GenerateName = "another-" },
	"metadata.ownerReferences": func(s *corev1.Secret) { s.OwnerReferences = owners() },
	"metadata.managedFields":   func(s *corev1.Secret) { s.ManagedFields = []metav1.ManagedFieldsEntry{{}} },
}

func owners() []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "owner", UID: "owner"}}
}

// unchangeable are the fields that the API server sets or preserves itself.
var unchangeable = []string{
	"kind", "apiVersion", "type",
	"metadata.name", "metadata.namespace", "metadata.selfLink", "metadata.uid", "metadata.resourceVersion", "metadata.generation",
	"metadata.creationTimestamp", "metadata.deletionTimestamp", "metadata.deletionGracePeriodSeconds",
}

func TestOperatorChangesNothingElse(t *testing.T) {
	operator, ns := grantedOperator(t)
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			secret := newSecret(t, ns)
			before := secret.DeepCopy()
			change(secret)
			patched := secret.DeepCopy()
			g.Expect(operator.Patch(t.Context(), patched, client.MergeFrom(before))).To(denied("change anything of a Secret but"))
			g.Expect(operator.Update(t.Context(), secret.DeepCopy())).To(denied("change anything of a Secret but"))
			controllerutil.AddFinalizer(secret, v1alpha1.InUseFinalizer)
			g.Expect(operator.Update(t.Context(), secret)).To(denied("change anything of a Secret but"), "beside the finalizer")
		})
	}
	for _, name := range []string{"data", "metadata.labels", "metadata.annotations"} {
		t.Run(name+" emptied", func(t *testing.T) {
			g := NewWithT(t)
			secret := newSecret(t, ns)
			path := strings.ReplaceAll(name, ".", "/")
			patch := client.RawPatch("application/json-patch+json", []byte(`[{"op":"remove","path":"/`+path+`"}]`))
			g.Expect(operator.Patch(t.Context(), secret, patch)).To(denied("change anything of a Secret but"))
		})
	}
}

// TestOperatorForgesNoManagers tries to forge the managed fields of others.
func TestOperatorForgesNoManagers(t *testing.T) {
	operator, ns := grantedOperator(t)
	for name, forge := range map[string]func([]metav1.ManagedFieldsEntry) []metav1.ManagedFieldsEntry{
		"one gone": func(m []metav1.ManagedFieldsEntry) []metav1.ManagedFieldsEntry { return m[:1] },
		"one more": func(m []metav1.ManagedFieldsEntry) []metav1.ManagedFieldsEntry {
			return append(m, managing("another", `{"f:data":{"f:customerId":{}}}`))
		},
		"data taken": func(m []metav1.ManagedFieldsEntry) []metav1.ManagedFieldsEntry {
			return append(m[:1], managing(m[1].Manager, `{"f:data":{"f:customerId":{}}}`))
		},
		"labels taken": func(m []metav1.ManagedFieldsEntry) []metav1.ManagedFieldsEntry {
			return append(m[:1], managing(m[1].Manager, `{"f:metadata":{"f:labels":{"f:app":{}}}}`))
		},
		"another name": func(m []metav1.ManagedFieldsEntry) []metav1.ManagedFieldsEntry {
			m[1].Manager = "another"
			return m
		},
		"old changes that nobody merged": func([]metav1.ManagedFieldsEntry) []metav1.ManagedFieldsEntry {
			return []metav1.ManagedFieldsEntry{managing("ancient-changes", `{"f:data":{"f:customerId":{}}}`)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			secret := newSecret(t, ns)
			before := secret.DeepCopy()
			secret.Annotations["note"] = "another"
			g.Expect(installed.admin.Patch(t.Context(), secret, client.MergeFrom(before), client.FieldOwner("teacher"))).To(Succeed())
			g.Expect(secret.ManagedFields).To(HaveLen(2))
			secret.ManagedFields = forge(secret.ManagedFields)
			g.Expect(operator.Update(t.Context(), secret, client.FieldOwner("operator"))).To(denied("change anything of a Secret but"))
		})
	}
}

func managing(manager, fields string) metav1.ManagedFieldsEntry {
	return metav1.ManagedFieldsEntry{
		Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "v1",
		FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(fields),
	}
}

// TestOperatorKeepsASecretThatManyHaveWritten holds although the API server merges the oldest
// of more than ten managers, and even if the operator's client has the name of another one.
func TestOperatorKeepsASecretThatManyHaveWritten(t *testing.T) {
	g := NewWithT(t)
	operator, err := newClientAs(operatorUser)
	g.Expect(err).NotTo(HaveOccurred())
	secret := newSecret(t, newNamespace(t))
	for i := range 14 {
		before := secret.DeepCopy()
		secret.Annotations[fmt.Sprint("note-", i)] = "x"
		g.Expect(installed.admin.Patch(t.Context(), secret, client.MergeFrom(before), client.FieldOwner(fmt.Sprint("teacher-", i)))).To(Succeed())
		for _, owner := range []client.FieldOwner{"operator", client.FieldOwner(fmt.Sprint("teacher-", i))} {
			before = secret.DeepCopy()
			controllerutil.AddFinalizer(secret, v1alpha1.InUseFinalizer)
			g.Expect(operator.Patch(t.Context(), secret, client.MergeFrom(before), owner)).To(Succeed(), "%s after %d", owner, i)
			before = secret.DeepCopy()
			controllerutil.RemoveFinalizer(secret, v1alpha1.InUseFinalizer)
			g.Expect(operator.Patch(t.Context(), secret, client.MergeFrom(before), owner)).To(Succeed(), "%s after %d", owner, i)
		}
	}
	g.Expect(secret.ManagedFields).To(ContainElement(HaveField("Manager", "ancient-changes")))
}

// TestOperatorKeepsOnlyWhatRecordingsUse tests Secrets by their keys.
func TestOperatorKeepsOnlyWhatRecordingsUse(t *testing.T) {
	operator, err := newClientAs(operatorUser)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	ns := newNamespace(t)
	for name, c := range map[string]struct {
		keys  []string
		of    corev1.SecretType
		keeps bool
	}{
		"credentials":             {[]string{v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey}, "", true},
		"half of the credentials": {[]string{v1alpha1.CustomerIDKey}, "", false},
		"a bucket's key":          {[]string{v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey}, "", true},
		"half of a bucket's key":  {[]string{v1alpha1.SecretKeyKey}, "", false},
		"a token":                 {[]string{v1alpha1.TokenKey}, "", true},
		"tokens of user IDs":      {[]string{"token-527842"}, "", true},
		"an encrypted channel":    {[]string{v1alpha1.DecryptionSecretKey, v1alpha1.DecryptionSaltKey}, "", true},
		"an App Certificate":      {[]string{"appCertificate"}, "", true},
		"an address to push to":   {[]string{v1alpha1.RTMPURLKey}, "", false},
		"a certificate":           {[]string{corev1.TLSCertKey, corev1.TLSPrivateKeyKey}, corev1.SecretTypeTLS, false},
		"a password":              {[]string{corev1.BasicAuthUsernameKey, corev1.BasicAuthPasswordKey}, corev1.SecretTypeBasicAuth, false},
		"a release":               {[]string{"release"}, "helm.sh/release.v1", false},
		"nothing":                 {nil, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			secret := &corev1.Secret{
				ObjectMeta: metav1.ObjectMeta{Namespace: ns, GenerateName: "secret-"}, Type: c.of, Data: map[string][]byte{},
			}
			for _, key := range c.keys {
				secret.Data[key] = []byte("value")
			}
			g.Expect(installed.admin.Create(t.Context(), secret)).To(Succeed())
			before := secret.DeepCopy()
			controllerutil.AddFinalizer(secret, v1alpha1.InUseFinalizer)
			err := operator.Patch(t.Context(), secret.DeepCopy(), client.MergeFrom(before))
			if c.keeps {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(denied("keep a Secret without keys that recordings use"))

			// The operator may continue to keep a Secret, and may release it.
			g.Expect(installed.admin.Patch(t.Context(), secret, client.MergeFrom(before))).To(Succeed())
			g.Expect(patchMetadata(t, operator, secret, func(m *metav1.PartialObjectMetadata) { m.Finalizers = nil })).To(Succeed())
		})
	}
}

// TestTheTokenOfAServiceAccountIsNotKept holds although the Secret has the key token.
func TestTheTokenOfAServiceAccountIsNotKept(t *testing.T) {
	g := NewWithT(t)
	operator, err := newClientAs(operatorUser)
	g.Expect(err).NotTo(HaveOccurred())
	ns := newNamespace(t)
	g.Expect(installed.admin.Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "account"}})).To(Succeed())
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "token", Annotations: map[string]string{corev1.ServiceAccountNameKey: "account"}},
		Type:       corev1.SecretTypeServiceAccountToken,
		Data:       map[string][]byte{v1alpha1.TokenKey: []byte("token")},
	}
	g.Expect(installed.admin.Create(t.Context(), secret)).To(Succeed())
	g.Expect(patchMetadata(t, operator, secret, func(m *metav1.PartialObjectMetadata) {
		m.Finalizers = []string{v1alpha1.InUseFinalizer}
	})).To(denied("keep a Secret without keys that recordings use"))
}

// TestEveryFieldIsCovered fails if a version of Kubernetes adds a field that the policy does
// not know.
func TestEveryFieldIsCovered(t *testing.T) {
	g := NewWithT(t)
	var fields []string
	collect := func(prefix string, of reflect.Type) {
		for field := range of.Fields() {
			if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "metadata" {
				fields = append(fields, prefix+name)
			}
		}
	}
	collect("", reflect.TypeFor[corev1.Secret]())
	collect("", reflect.TypeFor[metav1.TypeMeta]())
	collect("metadata.", reflect.TypeFor[metav1.ObjectMeta]())
	known := append(slices.Collect(maps.Keys(changes)), unchangeable...)
	g.Expect(fields).To(ConsistOf(append(known, "metadata.finalizers")))
}

func TestOperatorNeitherCreatesNorDeletesSecrets(t *testing.T) {
	g := NewWithT(t)
	operator, ns := grantedOperator(t)
	created := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "created"}}
	g.Expect(operator.Create(t.Context(), created)).To(denied("create or delete Secrets"))
	g.Expect(operator.Delete(t.Context(), newSecret(t, ns))).To(denied("create or delete Secrets"))
	g.Expect(operator.DeleteAllOf(t.Context(), &corev1.Secret{}, client.InNamespace(ns))).To(denied("create or delete Secrets"))
}

// TestOthersAreNotTouched performs the operations that the operator is denied as other users.
func TestOthersAreNotTouched(t *testing.T) {
	for _, user := range []string{
		"jane",
		"system:serviceaccount:default:" + managerName,
		"system:serviceaccount:" + namespace + ":default",
		operatorUser + "2",
	} {
		t.Run(user, func(t *testing.T) {
			g := NewWithT(t)
			ns := newNamespace(t)
			other := grant(t, ns, user)
			for name, change := range changes {
				secret := newSecret(t, ns)
				change(secret)
				g.Expect(other.Update(t.Context(), secret)).To(Succeed(), name)
			}
			secret := newSecret(t, ns)
			secret.Finalizers = nil
			g.Expect(other.Update(t.Context(), secret)).To(Succeed())
			g.Expect(other.Delete(t.Context(), secret)).To(Succeed())
		})
	}
}

func grantedOperator(t *testing.T) (operator client.Client, ns string) {
	t.Helper()
	ns = newNamespace(t)
	return grant(t, ns, operatorUser), ns
}
