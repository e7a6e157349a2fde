from django.urls import URLPattern

tenant_patterns: list[URLPattern] = []
