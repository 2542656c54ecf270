//! `#[derive(Model)]`: one declaration from which the schema, the documentation and the conversions follow.
//!
//! The macro knows one flag by name: `#[attr(flatten)]` puts the attributes of a field's model into the model around it; flags beside it are methods of the
//! framework's `Object`. Every other flag is a method:
//! `#[attr(use_state_for_unknown, default(true))]` becomes `.use_state_for_unknown().default(true)` on the framework's `Attribute`, so the vocabulary is an ordinary documented `impl`
//! block and a misspelt flag is a compile error that names it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Expr, Field, Fields, Lit, Meta, Token};

/// Implements `framework::model::Model` and `framework::model::Field` for a struct with named fields.
///
/// The doc comment of the struct describes the object, that of each field its attribute. A field with `#[attr(flatten)]` is a model whose attributes are
/// attributes of the struct itself, in schema, values and documentation; such a field has no documentation of its own for users.
#[proc_macro_derive(Model, attributes(attr))]
pub fn model(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => &named.named,
            other => return Err(syn::Error::new(other.span(), "Model needs a struct with named fields")),
        },
        _ => return Err(syn::Error::new(input.span(), "Model needs a struct with named fields")),
    };
    let name = &input.ident;
    let object_doc = doc(&input.attrs)?;
    let (mut attributes, mut reads, mut absents) = (Vec::new(), Vec::new(), Vec::new());
    let (mut writes, mut flattened) = (Vec::new(), Vec::new());
    let (mut outputs, mut flattened_outputs) = (Vec::new(), Vec::new());
    for field in fields {
        let Some(ident) = &field.ident else { continue };
        let ty = &field.ty;
        let key = ident.to_string().trim_start_matches("r#").to_owned();
        let flags = flags(field)?;
        if is_flattened(field)? {
            attributes.push(quote! { .with_all(<#ty as ::framework::model::Model>::object() #flags) });
            reads.push(quote! { #ident: <#ty as ::framework::model::Model>::from_value(value, at)? });
            flattened.push(quote! { .with_all(<#ty as ::framework::model::Model>::to_value(&self.#ident)) });
            flattened_outputs.push(quote! { .with_all(<#ty as ::framework::model::Model>::to_output(&self.#ident)) });
            absents.push(quote! { #ident: <#ty as ::framework::model::Model>::absent() });
            continue;
        }
        let attribute_doc = doc(&field.attrs)?;
        attributes.push(quote! { .with(<#ty as ::framework::model::Field>::attribute(#key).doc(#attribute_doc) #flags) });
        reads.push(quote! { #ident: ::framework::model::field(value, #key, at)? });
        writes.push(quote! { (#key, ::framework::model::Field::to_value(&self.#ident)) });
        outputs.push(quote! { (#key, ::framework::model::Field::to_output(&self.#ident)) });
        absents.push(quote! { #ident: ::framework::model::Field::absent() });
    }
    Ok(quote! {
        impl ::framework::model::Model for #name {
            fn object() -> ::framework::schema::Object {
                // The flags are written as expressions; these bring the stock checks into their scope.
                #[allow(unused_imports, reason = "not every declaration uses a check")]
                use ::framework::schema::check::*;
                ::framework::schema::Object::new(#object_doc) #(#attributes)*
            }
            fn from_value(value: &::framework::value::Value, at: &::framework::value::Path) -> ::std::result::Result<Self, ::framework::model::Mismatch> {
                ::std::result::Result::Ok(Self { #(#reads),* })
            }
            fn to_value(&self) -> ::framework::value::Value {
                ::framework::value::Value::object::<&str>([#(#writes),*]) #(#flattened)*
            }
            fn to_output(&self) -> ::framework::value::Value {
                ::framework::value::Value::object::<&str>([#(#outputs),*]) #(#flattened_outputs)*
            }
            fn absent() -> Self {
                Self { #(#absents),* }
            }
        }

        impl ::framework::model::Field for #name {
            fn shape() -> ::framework::schema::Shape {
                ::framework::schema::Shape::Nested(::framework::schema::Nesting::Single, <Self as ::framework::model::Model>::object())
            }
            fn absent() -> Self {
                <Self as ::framework::model::Model>::absent()
            }
            fn from_known(value: &::framework::value::Value, at: &::framework::value::Path) -> ::std::result::Result<Self, ::framework::model::Mismatch> {
                <Self as ::framework::model::Model>::from_value(value, at)
            }
            fn to_value(&self) -> ::framework::value::Value {
                <Self as ::framework::model::Model>::to_value(self)
            }
            fn to_output(&self) -> ::framework::value::Value {
                <Self as ::framework::model::Model>::to_output(self)
            }
        }
    })
}

/// Whether the attributes of the field's model are attributes of the model around it.
fn is_flattened(field: &Field) -> syn::Result<bool> {
    let mut found = false;
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("attr")) {
        found |= attribute.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated)?.iter().any(is_flatten);
    }
    Ok(found)
}

fn is_flatten(flag: &Expr) -> bool {
    matches!(flag, Expr::Path(path) if path.path.is_ident("flatten"))
}

/// The flags of one field as a chain of method calls.
fn flags(field: &Field) -> syn::Result<TokenStream> {
    let mut chain = TokenStream::new();
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("attr")) {
        for flag in attribute.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated)? {
            match flag {
                flag if is_flatten(&flag) => {}
                Expr::Path(path) => chain.extend(quote! { .#path() }),
                Expr::Call(call) => {
                    let (method, arguments) = (&call.func, &call.args);
                    chain.extend(quote! { .#method(#arguments) });
                }
                other => return Err(syn::Error::new(other.span(), "a flag is a name or a name with arguments: `stable`, `default(true)`")),
            }
        }
    }
    Ok(chain)
}

/// The doc comment: lines of a paragraph joined, paragraphs kept.
fn doc(attributes: &[syn::Attribute]) -> syn::Result<String> {
    let mut text = String::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        let Meta::NameValue(pair) = &attribute.meta else { continue };
        let Expr::Lit(literal) = &pair.value else { continue };
        let Lit::Str(line) = &literal.lit else { return Err(syn::Error::new(literal.span(), "a doc comment must be text")) };
        let line = line.value();
        let line = line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned();
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text.trim().to_owned())
}
